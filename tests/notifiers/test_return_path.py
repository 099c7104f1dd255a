"""A bounce finds the message it is about: by the envelope id, or by the address it goes to."""

import pytest

from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured
from notifiers.mime import Sender
from notifiers.return_path import ReturnPath
from notifiers.smtp_line import Offers
from service.local_endpoints.smtp_sink import SmtpSink
from tests.notifiers.letters import message, relayed


@pytest.mark.parametrize(
    ("address", "reference", "offers", "utf8", "command"),
    [
        ("a@b.invalid", "r1", Offers(), False, "MAIL FROM:<a@b.invalid>"),
        ("a@b.invalid", "r1", Offers(dsn=True), False, "MAIL FROM:<a@b.invalid> RET=HDRS ENVID=r1"),
        ("a@b.invalid", "r=1", Offers(dsn=True), False, "MAIL FROM:<a@b.invalid>"),
        ("a@b.invalid", "r1", Offers(), True, "MAIL FROM:<a@b.invalid> SMTPUTF8 BODY=8BITMIME"),
        ("a+{reference}@b.invalid", "r1", Offers(), False, "MAIL FROM:<a+r1@b.invalid>"),
        ("a+{reference}@b.invalid", "r\r\n1", Offers(), False, "MAIL FROM:<a+unnamed@b.invalid>"),
        ("a+{reference}@b.invalid", "r" * 63, Offers(), False, "MAIL FROM:<a+unnamed@b.invalid>"),
        ("a+{reference}@例子.invalid", "r1", Offers(), False, "MAIL FROM:<a+r1@xn--fsqu00a.invalid>"),
    ],
)
def test_the_command(address, reference, offers, utf8, command):
    assert ReturnPath(address).command(reference, offers, utf8=utf8) == f"{command}\r\n".encode()


@pytest.mark.parametrize("address", ["", "a", "a@b\r\nX", "a@{reference}", "{reference}", "a@{reference}@b"])
def test_what_is_no_return_path(address):
    with pytest.raises(Misconfigured, match=r"smtp\.return_path"):
        ReturnPath(address)


async def test_each_message_leaves_with_its_own():
    sender = Sender("notice@tocsin.invalid", return_path="bounces+{reference}@tocsin.invalid")
    async with SmtpSink(keep=True) as sink:
        async with EmailNotifier(relayed(sink.port), sender) as notifier:
            await notifier.send_many([message(1), message(2)])
        assert [mail.sender for mail in sink.mails] == [
            "bounces+row-1@tocsin.invalid",
            "bounces+row-2@tocsin.invalid",
        ]
