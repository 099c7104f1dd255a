"""What a mail says about a message of ours, and that no mail can do more than be set aside."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.bounce import MOST_BYTES, NoBounce, read
from ledger.port import DeliveryState
from tests.intake.reports import bounce, complaint, fields, report, returned

REF = "0123456789abcdef" * 3 + "01"
OTHER = "f" * 50


@pytest.mark.parametrize(
    ("action", "status", "state", "code"),
    [
        ("failed", "5.1.1", DeliveryState.BOUNCED, "dsn.5.1.1"),
        ("Failed", "4.4.7 (delivery time expired)", DeliveryState.BOUNCED, "dsn.4.4.7"),
        ("failed", "", DeliveryState.BOUNCED, "dsn.failed"),
        ("failed", "five", DeliveryState.BOUNCED, "dsn.failed"),
        ("delivered", "2.1.5", DeliveryState.DELIVERED, "dsn.2.1.5"),
        ("relayed", "2.1.9", DeliveryState.SENT, "dsn.2.1.9"),
        ("expanded", "2.0.0", DeliveryState.SENT, "dsn.2.0.0"),
        ("delayed", "4.4.1", None, "dsn.4.4.1"),
    ],
)
def test_a_delivery_report(action, status, state, code):
    found = read(bounce(REF, action, status))
    assert (found.references, found.state, found.code) == ((REF,), state, code)


@pytest.mark.parametrize("back", ["text/rfc822-headers", "message/rfc822", "message/global-headers"])
def test_the_message_that_came_back_names_the_row(back):
    assert read(bounce(REF, back=back)).references == (REF,)


@pytest.mark.parametrize(
    "named",
    [
        {"envelope": REF},
        {"To": f"<bounces+{REF}@tocsin.invalid>"},
        {"Delivered_To": f"bounces+{REF}@tocsin.invalid"},
        {"In_Reply_To": f"<{REF}@tocsin.invalid>"},
        {"References": f"<x@y> <{REF}@tocsin.invalid>"},
    ],
)
def test_other_places_name_the_row(named):
    assert read(bounce(**named)).references == (REF,)


def test_the_surest_place_comes_first():
    found = read(bounce(OTHER, envelope=REF, In_Reply_To=f"<{'e' * 50}@x>"))
    assert found.references == (REF, OTHER, "e" * 50)


def test_prose_is_not_read():
    with pytest.raises(NoBounce, match=r"bounce\.no_reference"):
        read(bounce(Subject=f"about {REF}"))


def test_a_message_that_was_forwarded_to_several_arrived_if_it_did_for_any():
    about = {"Reporting-MTA": "dns; x"}
    several = [
        {"Action": action, "Status": status}
        for action, status in [("failed", "5.1.1"), ("delivered", "2.0.0"), ("failed", "5.2.2")]
    ]
    mail = report(
        "delivery-status",
        fields("message/delivery-status", about, *several),
        returned(REF, "text/rfc822-headers"),
    )
    assert read(mail).state is DeliveryState.DELIVERED


def test_a_report_about_letters_beyond_ascii():
    about = {"Reporting-MTA": "dns; mx.example.com", "Original-Envelope-Id": REF}
    person = {"Final-Recipient": "utf-8; 张三@例子.example", "Action": "failed", "Status": "5.6.7"}
    mail = report("delivery-status", fields("message/global-delivery-status", about, person))
    found = read(mail)
    assert (found.references, found.state, found.code) == ((REF,), DeliveryState.BOUNCED, "dsn.5.6.7")


def test_a_complaint_proves_that_the_message_arrived():
    found = read(complaint(REF))
    assert (found.references, found.state, found.code) == ((REF,), DeliveryState.DELIVERED, "arf.abuse")
    assert read(complaint(REF, "not-spam")).state is None
    with pytest.raises(NoBounce, match=r"bounce\.no_report"):
        read(complaint(REF, "王"))


def test_the_same_mail_is_the_same_event():
    one, two, three = read(bounce(REF)), read(bounce(REF)), read(bounce(REF, status="5.2.2"))
    assert one.event == two.event != three.event


NESTED = b"".join(
    b"Content-Type: multipart/report; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(30)
)
HOSTILE = {
    "bounce.too_large": [b"x" * (MOST_BYTES + 1)],
    "bounce.too_nested": [
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5000)
        ),
        b"content-type: message/rfc822\r\n\r\n" * 3000,
    ],
    "bounce.no_report": [
        b"",
        b"\0\xff\xfe" * 500,
        b"From: a@b\r\nSubject: out of office\r\n\r\nI am away\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts\r\n",
        b"Content-Type: multipart/report; boundary=b; charset=klingon\r\n\r\n--b\r\n\r\nhm\r\n--b--\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\n\n",
        bounce(REF, "vanished"),
        bounce(REF, ""),
        b"A: " + b"y" * 900_000,
        b"A: b\r\n" * 150_000,
        NESTED,
    ],
    "bounce.no_reference": [bounce(), bounce("not-ours"), bounce(REF + "0"), bounce(envelope="x" * 50)],
}


@pytest.mark.parametrize(
    ("code", "mail"), [(code, mail) for code, mails in HOSTILE.items() for mail in mails]
)
def test_hostile_mail_is_set_aside(code, mail):
    with pytest.raises(NoBounce) as caught:
        read(mail)
    assert caught.value.code == code
    assert str(caught.value) == code


def test_more_recipients_than_anybody_reads():
    many = [{"Action": "failed", "Status": "5.1.1"}] * 5000
    part = fields("message/delivery-status", {"Original-Envelope-Id": REF}, *many)
    assert read(report("delivery-status", part)).state is DeliveryState.BOUNCED


GOOD = bounce(REF, back="message/rfc822", envelope=REF)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_mail_that_was_tampered_with_is_read_or_set_aside(data):
    mail = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 12))):
        start = data.draw(st.integers(0, len(mail)))
        end = min(len(mail), start + data.draw(st.integers(0, 60)))
        mail[start:end] = data.draw(
            st.one_of(
                st.binary(max_size=8), st.sampled_from([b"\r\n", b"\n\n", b":", b"=?x?b?", b"--", GOOD[:300]])
            )
        )
    with suppress(NoBounce):
        assert read(bytes(mail)).references


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes(raw):
    with pytest.raises(NoBounce):
        read(raw)
