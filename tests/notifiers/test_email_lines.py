"""TLS, credentials and letters beyond ASCII, against aiosmtpd as the server that keeps to the standards."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured, Refused, Unreachable
from notifiers.port import Accepted, Attachment
from notifiers.smtp_pool import Relay, SmtpPool, Tls
from notifiers.smtp_stage import Patience
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.local_endpoints.smtp_sink import SmtpSink
from tests.notifiers.letters import SENDER, message


class Kept:
    """What aiosmtpd hands over."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802 - aiosmtpd's name and form
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 kept"


@contextlib.asynccontextmanager
async def standards_true(**traits) -> AsyncIterator[tuple[int, Kept]]:
    kept = Kept()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, enable_SMTPUTF8=True, ident="test", loop=loop, **traits),
        "127.0.0.1",
        0,
    )
    try:
        yield server.sockets[0].getsockname()[1], kept
    finally:
        server.close()
        await server.wait_closed()


def login(server, session, envelope, mechanism, data):  # noqa: ARG001 - aiosmtpd's form
    right = data.login == b"tocsin" and data.password == b"correct horse"
    return AuthResult(success=right, handled=False)


async def one(relay: Relay, **changes) -> Accepted:
    async with EmailNotifier(relay, SENDER) as notifier:
        return await notifier.send(message(1, **changes))


async def test_aiosmtpd_gets_what_was_written():
    async with standards_true() as (port, kept):
        text = "第一行\n.\n..两点\n.开头有点\n" + "长" * 3000 + "\n"
        html = "<p>.点</p>\n" + "<p>long line</p>" * 500
        report = Attachment("报告 (初报).docx", "application/octet-stream", bytes(range(256)) * 40)
        await one(
            Relay("127.0.0.1", port, Tls.NONE),
            text=text,
            html=html,
            attachments=(report,),
        )
    [(sender, recipients, content)] = kept.mails
    assert (sender, recipients) == ("notice@tocsin.invalid", ["person1@example.invalid"])
    mail = message_from_bytes(content, policy=policy.default)
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == text
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == html + "\n"
    [file] = mail.iter_attachments()
    assert file.get_filename() == "报告 (初报).docx"
    assert file.get_content() == report.content


async def test_starttls_and_login_with_a_certificate_we_trust(authority):
    traits = {"tls_context": authority.server("127.0.0.1"), "require_starttls": True}
    async with standards_true(**traits, authenticator=login, auth_required=True) as (port, kept):
        relay = Relay(
            "127.0.0.1",
            port,
            Tls.STARTTLS,
            username="tocsin",
            password="correct horse",
            ca_file=authority.file,
        )
        await one(relay)
    assert len(kept.mails) == 1


async def test_a_wrong_password_stops_the_channel_and_is_not_repeated_to_anyone(authority):
    traits = {"tls_context": authority.server("127.0.0.1"), "require_starttls": True}
    async with standards_true(**traits, authenticator=login, auth_required=True) as (port, kept):
        relay = Relay("127.0.0.1", port, Tls.STARTTLS, "tocsin", "wrong horse", authority.file)
        with pytest.raises(Misconfigured) as caught:
            await one(relay)
    assert caught.value.code == "smtp.auth.535"
    assert "wrong horse" not in f"{caught.value!r} {relay!r}"
    assert not kept.mails


async def test_implicit_tls_with_a_certificate_we_trust(authority):
    async with SmtpSink(tls=authority.server("127.0.0.1"), implicit_tls=True) as sink:
        await one(Relay("127.0.0.1", sink.port, Tls.IMPLICIT, ca_file=authority.file))
        assert sink.received.total() == 1


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
@pytest.mark.parametrize("wrong", ["name", "date", "authority"])
async def test_a_certificate_we_cannot_trust_sends_nothing(authority, tls, wrong):
    name = "192.0.2.1" if wrong == "name" else "127.0.0.1"
    context = authority.server(name, expired=wrong == "date")
    async with SmtpSink(tls=context, implicit_tls=tls is Tls.IMPLICIT) as sink:
        trusted = None if wrong == "authority" else authority.file
        with pytest.raises(Misconfigured) as caught:
            await one(Relay("127.0.0.1", sink.port, tls, ca_file=trusted))
        assert caught.value.code == "tls.unverified"
        assert not sink.commands["MAIL"]


async def test_stripped_starttls_is_never_answered_by_speaking_in_clear():
    async with SmtpSink() as sink:
        with pytest.raises(Misconfigured) as caught:
            await one(Relay("127.0.0.1", sink.port, Tls.STARTTLS))
        assert caught.value.code == "tls.not_offered"
        assert not sink.commands["MAIL"]


@pytest.mark.parametrize(
    ("fault", "expected", "code"),
    [
        (Fault(Stage.STARTTLS, reply="454 4.7.0 not now"), Unreachable, "smtp.connect.454"),
        (Fault(Stage.STARTTLS, reply="501 5.5.4 no"), Misconfigured, "smtp.connect.501"),
        (Fault(Stage.STARTTLS, Act.SILENCE), Unreachable, "smtp.connect.silence"),
        (Fault(Stage.STARTTLS, Act.FIN), Unreachable, "smtp.connect.failed"),
    ],
)
async def test_starttls_that_fails_sends_nothing(authority, fault, expected, code):
    async with SmtpSink(tls=authority.server("127.0.0.1"), faults=[fault]) as sink:
        relay = Relay(
            "127.0.0.1",
            sink.port,
            ca_file=authority.file,
            patience=Patience(connect=0.4 if fault.act is Act.SILENCE else 30.0),
        )
        with pytest.raises(expected) as caught:
            await one(relay)
        assert caught.value.code == code
        assert not sink.commands["MAIL"]


async def test_login_that_is_not_offered_or_fails_for_now():
    async with SmtpSink() as sink:
        with pytest.raises(Misconfigured, match=r"smtp\.auth\.not_offered"):
            await one(Relay("127.0.0.1", sink.port, Tls.NONE, "tocsin", "x"))
    async with SmtpSink(users={"tocsin": "x"}, faults=[Fault(Stage.AUTH, reply="454 4.7.0 later")]) as sink:
        with pytest.raises(Unreachable, match=r"smtp\.auth\.454"):
            await one(Relay("127.0.0.1", sink.port, Tls.NONE, "tocsin", "x"))
    async with SmtpSink(users={"tocsin": "x"}) as sink:
        await one(Relay("127.0.0.1", sink.port, Tls.NONE, "tocsin", "x"))


def test_a_password_is_not_sent_in_clear_to_another_machine():
    with pytest.raises(Misconfigured, match=r"smtp\.auth\.cleartext"):
        SmtpPool(Relay("mail.example.invalid", 25, Tls.NONE, "tocsin", "x"))


def test_authorities_that_cannot_be_read(tmp_path):
    with pytest.raises(Misconfigured, match=r"tls\.authorities"):
        SmtpPool(Relay("mail.example.invalid", 25, ca_file=tmp_path / "none.pem"))
    broken = tmp_path / "broken.pem"
    broken.write_text("not a certificate")
    with pytest.raises(Misconfigured, match=r"tls\.authorities"):
        SmtpPool(Relay("mail.example.invalid", 25, ca_file=broken))


async def test_letters_beyond_ascii_in_an_address():
    async with standards_true() as (port, kept):
        relay = Relay("127.0.0.1", port, Tls.NONE)
        await one(relay, to="张三@例子.invalid")
        await one(relay, to="someone@例子.invalid")
    assert kept.mails[0][1] == ["张三@xn--fsqu00a.invalid"]
    assert kept.mails[1][1] == ["someone@xn--fsqu00a.invalid"]
    mail = message_from_bytes(kept.mails[0][2], policy=policy.SMTPUTF8)
    assert mail["To"] == "张三@xn--fsqu00a.invalid"
    async with SmtpSink(extensions=("8BITMIME",)) as sink:
        with pytest.raises(Refused, match=r"smtp\.smtputf8"):
            await one(Relay("127.0.0.1", sink.port, Tls.NONE), to="张三@例子.invalid")


def test_the_context_verifies_and_does_not_know_old_protocols():
    context = SmtpPool(Relay("mail.example.invalid", 587))._context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
