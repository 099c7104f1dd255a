"""The quick composer says what the standard library would say, and cannot be talked into another header."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers.errors import Refused
from notifiers.mime import Sender, checked_address, compose
from notifiers.port import Attachment
from tests.notifiers.letters import SENDER, message

AT = datetime(2026, 11, 23, 3, 4, 5, 678, tzinfo=UTC)
OURS = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "auto-submitted",
    "content-language",
    "mime-version",
    "content-type",
]


def classic(one, sender=SENDER) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = f'"{sender.name}" <{sender.address}>' if sender.name else sender.address
    mail["To"] = one.to
    mail["Subject"] = one.subject
    mail["Date"] = AT
    mail["Message-ID"] = one.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(one.text)
    if one.html is not None:
        mail.add_alternative(one.html, subtype="html")
    for file in one.attachments:
        main, sub = file.media_type.split("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    mail["Content-Language"] = one.language  # set_content would have taken it away
    return mail


def parts(mail) -> list[tuple[str, object]]:
    return [
        (part.get_content_type(), part.get_filename(), part.get_content())
        for part in mail.walk()
        if not part.is_multipart()
    ]


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def same(one) -> None:
    content = compose(one, SENDER, AT)
    ours, theirs = parsed(content), parsed(classic(one).as_bytes())
    assert not ours.defects
    for name in OURS[:-2]:
        assert ours[name] == theirs[name], name
    assert parts(ours) == parts(theirs)
    assert [part.get_content_type() for part in ours.walk()] == [
        part.get_content_type() for part in theirs.walk()
    ]


REPORT = Attachment("初报.pdf", "application/pdf", b"%PDF\r\n\x00\xff")


@pytest.mark.parametrize("files", [(), (REPORT,), (REPORT, REPORT)])
@pytest.mark.parametrize("html", [None, "<p>您好</p>", "<p>hello</p>\n" * 3])
@pytest.mark.parametrize(
    "text",
    [
        "您好，请修改密码。",
        "hello\nworld\n",
        ".\n.dot\n..",
        "x" * 3000,
        "a =_ b",
        "--=_alternative\nx",
        "",
        "\n\n",
    ],
)
def test_it_is_what_the_standard_library_makes(text, html, files):
    same(message(text=text, html=html, attachments=files))


@pytest.mark.parametrize(
    "subject",
    [
        "Notice",
        "关于网络数据安全事件的通知",
        "Mixed 中文 and English" * 12,
        "a" * 300,
        "é",
    ],
)
def test_subjects(subject):
    same(message(subject=subject))


def test_a_subject_that_looks_encoded_stays_as_written():
    content = compose(message(subject="=?utf-8?q?not_encoded?="), SENDER, AT)
    assert parsed(content)["Subject"] == "=?utf-8?q?not_encoded?="


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85"), max_size=200
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=5), WORDS)
def test_any_text_and_subject(lines, subject):
    content = compose(message(text="\n".join(lines), subject=subject), SENDER, AT)
    mail = parsed(content)
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == "\n".join(lines).rstrip("\n")
    assert " ".join(mail["Subject"].split()) == " ".join(subject.split())


HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\r\n\0\x0b\x0c\x1c\x85\u2028\u2029\u202e:<>@, \t=?"),
        st.sampled_from("BccFromTo"),
        st.characters(),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_words_make_a_header_or_a_part(subject, text, html, name, shown):
    one = message(
        subject=f"{subject}\r\nBcc: thief@example.invalid\r\n\r\nbody",
        text=text,
        html=html,
        attachments=(Attachment(f"{name}\r\nX-Evil: 1", "text/csv", b"a"),),
    )
    content = compose(one, Sender("notice@tocsin.invalid", f"{shown}\r\nX-Evil: 1"), AT)
    mail = parsed(content)
    assert [header.lower() for header in mail] == OURS
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/csv",
    ]
    assert content.endswith(b"\r\n")
    assert b"\0" not in content
    assert content.replace(b"\r\n", b"").count(b"\n") == content.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


@settings(max_examples=300, deadline=None)
@given(HOSTILE, HOSTILE)
def test_no_address_ends_its_line(local, domain):
    try:
        address = checked_address(f"{local}@{domain}")
    except Refused:
        return
    content = compose(message(to=address), SENDER, AT)
    assert [header.lower() for header in message_from_bytes(content)] == [*OURS, "content-transfer-encoding"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a b@c",
        "a@b\r\nX: y",
        "a\0@b",
        "<a@b>",
        "a@b>",
        "a@\u2028b",
        "a" * 320 + "@b",
        "a@中\u200d\u0000",
    ],
)
def test_addresses_that_are_set_aside(address):
    with pytest.raises(Refused, match=r"^address\.unusable$"):
        compose(message(to=address), SENDER, AT)


@pytest.mark.parametrize("message_id", ["", "x", "<a b@c>", "<a@b>\r\nX: y", "<a>", "<a@b", "<a<@b>"])
def test_a_message_id_is_checked(message_id):
    with pytest.raises(ValueError, match="Message-ID"):
        compose(message(message_id=message_id), SENDER, AT)


def test_what_is_ours_to_get_right_is_told():
    with pytest.raises(ValueError, match="BCP 47"):
        compose(message(language="zh\r\nX: y"), SENDER, AT)
    with pytest.raises(ValueError, match="media type"):
        compose(message(attachments=(Attachment("a", "text\r\nX: y", b""),)), SENDER, AT)


def test_answers_go_where_the_sender_says():
    sender = Sender("notice@tocsin.invalid", 'The "Office", \\ Ltd', "dpo@tocsin.invalid")
    mail = parsed(compose(message(), sender, AT))
    assert mail["Reply-To"] == "dpo@tocsin.invalid"
    [address] = mail["From"].addresses
    assert address.display_name == 'The "Office", \\ Ltd'
