"""A message from a stencil is, once parsed, byte for byte what the standard library makes of its words."""

import binascii
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifiers.mime import checked_address, compose
from notifiers.port import Attachment, Form
from notifiers.stencil import Composer, Stencil, Unsuited
from tests.notifiers.letters import SENDER, message

AT = datetime(2026, 11, 23, 3, 4, 5, 678, tzinfo=UTC)
HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
)


def classic(one) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTPUTF8)
    mail["From"] = f'"{SENDER.name}" <{SENDER.address}>'
    mail["To"] = one.to
    mail["Subject"] = one.subject
    mail["Date"] = AT.replace(microsecond=0)
    mail["Message-ID"] = one.message_id
    mail["Auto-Submitted"] = "auto-generated"
    # A lone surrogate has no bytes; it becomes a question mark here as it does there.
    for subtype, text in (("plain", one.text), ("html", one.html)):
        words = text.encode("utf-8", "replace").decode()
        (mail.set_content if subtype == "plain" else mail.add_alternative)(
            words, subtype=subtype, cte="base64"
        )
    mail["Content-Language"] = one.language
    return mail


def written(form: Form, name: str, **changes):
    html = escape(name).join(form.html or ())
    return message(text=name.join(form.text), html=html, form=form, name=name, **changes)


def the_same(one, composer: Composer | None = None) -> None:
    content = (composer or Composer(SENDER)).write(one, checked_address(one.to), AT)
    ours = message_from_bytes(content, policy=policy.SMTPUTF8)
    theirs = message_from_bytes(classic(one).as_bytes(), policy=policy.SMTPUTF8)
    for name in HEADERS:
        assert ours[name] == theirs[name], name
    assert not ours.defects
    assert [part.get_content_type() for part in ours.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    for mine, yours in zip(ours.iter_parts(), theirs.iter_parts(), strict=True):
        assert not mine.defects
        assert mine.get_payload(decode=True) == yours.get_payload(decode=True)
    assert "List-Unsubscribe" not in ours
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines[:-1]) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\0" not in content


CHINESE = Form(("尊敬的", "：\n请修改密码。\n" * 20), ("<p>尊敬的", "：</p>\n" + "<p>请修改密码</p>\n" * 30))
ENGLISH = Form(("Dear ", ",\nchange your password =3D.\n" * 20), ("<p>Dear ", ",</p>\n" + "<p>x</p>" * 200))
TWICE = Form(("A", "bcd 中", "", "\n"), ("<p>", "</p><p>中", "</p>"))
CLOSE = Form(("中", "", "b"), ("<b>", ".", "</b>"))
FORMS = [CHINESE, ENGLISH, TWICE, CLOSE, Form(("", ""), ("", ""))]
NAMES = [
    "王",
    "王小明",
    "Zoë O'Brien <b>&\"",
    "a",
    "ab",
    "abc",
    "x" * 53,
    "x" * 76,
    "中" * 70,
    " trailing ",
    ".",
    "=3D",
    "--=_alternative",
    "",
    "a\r\nBcc: thief@example.invalid\r\n\r\n.",
    "nul\0",
    "\u202eevil\u202c",
    "王" * 10_000,
    "half \ud800",
    "\u2028",
    "\x85",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_every_name_in_every_form(form, name):
    the_same(written(form, name))


def test_every_length_of_what_stands_before_and_behind_a_name():
    for before in range(60):
        for behind in range(4, 8):
            form = Form(("中" + "x" * before, "y" * behind), ("z" * before + "中", "<br>" * behind))
            the_same(written(form, "王二"))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=90)
HOSTILE = st.text(
    st.one_of(
        st.sampled_from('\r\n\0\x85\u2028\u202e:=.-_ <&"'), st.sampled_from("BccTo王"), st.characters()
    ),
    max_size=80,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(TEXT, min_size=1, max_size=4), HOSTILE)
@example(["", "\n"], ["", ""], "a")
@example(["\r", "\n"], ["<p>", "</p>"], "王")
def test_any_form_and_any_name(text, html, name):
    the_same(written(Form(tuple(text), tuple(html)), name))


@settings(max_examples=200, deadline=None)
@given(HOSTILE, HOSTILE)
def test_no_name_makes_a_header(name, subject):
    content = Composer(SENDER).write(written(CHINESE, name, subject=subject), "a@example.invalid", AT)
    assert [header.lower() for header in message_from_bytes(content)] == [
        *(header.lower() for header in HEADERS),
        "content-type",
    ]


def test_addresses_beyond_ascii_and_what_is_no_address():
    composer = Composer(SENDER)
    for to in ("张三@例子.invalid", "someone@例子.invalid", "a+b@example.invalid", "o'brien@example.invalid"):
        the_same(written(CHINESE, "王", to=checked_address(to)), composer)


def test_a_stencil_is_made_once_and_writes_on_as_time_passes():
    composer = Composer(SENDER)
    one = written(CHINESE, "王")
    for later in (0.0, 0.2, 0.5, 1.7, -3.0, 60.0):
        at = AT + timedelta(seconds=later)
        mail = message_from_bytes(composer.write(one, one.to, at), policy=policy.default)
        assert mail["Date"].datetime == at.replace(microsecond=0)
    assert len(composer._stencils) == 1


def test_a_form_that_does_not_suit_goes_the_plain_way():
    for form in (
        Form(("no name",), ("<p>", "</p>")),
        Form(("a", "b"), None),
        Form(("中", "b", "c"), ("a", "b")),
    ):
        with pytest.raises(Unsuited):
            Stencil(form, "x", "zh-CN", SENDER)
    composer = Composer(SENDER)
    one = written(CLOSE, "王")
    assert composer.write(one, one.to, AT) == compose(one, SENDER, AT)
    assert composer.write(one, one.to, AT) == compose(one, SENDER, AT)
    filed = written(CHINESE, "王", attachments=(Attachment("a.csv", "text/csv", b"1"),))
    assert composer.write(filed, filed.to, AT) == compose(filed, SENDER, AT)


def test_many_forms_do_not_fill_the_memory():
    composer = Composer(SENDER)
    for number in range(200):
        composer.write(written(Form((f"{number}", "x\n"), ("<p>", "</p>")), "a"), "a@example.invalid", AT)
    assert len(composer._stencils) <= 64


def test_only_the_name_is_encoded_again():
    one, other = (
        Composer(SENDER).write(written(CHINESE, name), "a@b.invalid", AT) for name in ("王一", "王二")
    )
    assert sum(a != b for a, b in zip(one, other, strict=True)) <= 4
    assert binascii.b2a_base64(CHINESE.text[0].encode(), newline=False) in one


@pytest.mark.parametrize("wrong", [{"message_id": "none"}, {"language": "zh\r\nX: y"}])
def test_a_mistake_of_ours_is_told(wrong):
    with pytest.raises(ValueError, match=r"BCP 47|Message-ID"):
        Composer(SENDER).write(written(CHINESE, "王", **wrong), "a@b.invalid", AT)
