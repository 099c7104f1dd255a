"""Bounces and complaints, posted to the door or read from a mailbox, into real rows."""

import asyncio
import logging
from argparse import Namespace
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from imapclient import IMAPClient
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import BuiltinHash

from intake.bounces import Became, Bounces
from intake.mailbox import Mailbox, Place, Unread
from ledger.errors import LedgerUnavailable
from ledger.port import DeliveryState, NewDelivery, Outcome
from tests.intake.conftest import MAIL_TOKEN
from tests.intake.reports import bounce, complaint
from tests.notifiers.letters import until

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PEOPLE = 4


@pytest.fixture
def references(memory):
    """Four people were sent an e-mail; of the last nobody knows whether it left."""
    key = memory.keys.campaign(CAMPAIGN)
    people = [
        NewDelivery(seq, key.person(str(seq)), ("email", "sms"), "zh", key.seal(b"{}", str(seq)))
        for seq in range(1, PEOPLE + 1)
    ]
    memory.deliveries.freeze(CAMPAIGN, people)
    claimed = memory.deliveries.claim(CAMPAIGN, ["email"], 1, PEOPLE, PEOPLE, "token", NOW)
    outcomes = [Outcome(one.seq, DeliveryState.SENT) for one in claimed[:-1]]
    outcomes.append(Outcome(claimed[-1].seq, DeliveryState.UNKNOWN))
    memory.deliveries.settle(CAMPAIGN, "token", outcomes, NOW)
    return [one.reference for one in claimed]


@pytest.fixture
def states(memory):
    return lambda: [row.state.value for row in memory.deliveries.page(CAMPAIGN)]


@pytest.fixture
def post_mail(client):
    async def post_mail(raw, token=MAIL_TOKEN, scheme="Bearer"):
        head = {"authorization": f"{scheme} {token}", "content-type": "message/rfc822"}
        return await client.post("/receipts/email", content=raw, headers=head)

    return post_mail


async def test_a_bounce_moves_its_row_once(post_mail, references, states, memory):
    for _ in range(2):
        answer = await post_mail(bounce(references[0]))
        assert (answer.status_code, answer.content) == (204, b"")
    assert states() == ["bounced", "sent", "sent", "unknown"]
    assert memory.deliveries.page(CAMPAIGN)[0].code == "dsn.5.1.1"


async def test_reports_in_any_order_end_alike(post_mail, references, states):
    reports = [("delivered", "2.0.0"), ("delayed", "4.4.1"), ("failed", "5.1.1"), ("relayed", "2.1.9")]
    for order in (reports, reports[::-1]):
        for action, status in order:
            assert (await post_mail(bounce(references[0], action, status))).status_code == 204
        assert states()[0] == "delivered"


async def test_a_doubt_is_settled_by_its_bounce(post_mail, references, states):
    assert (await post_mail(bounce(references[3]))).status_code == 204
    assert states()[3] == "bounced"


async def test_a_complaint_is_proof_of_delivery(post_mail, references, states, memory):
    assert (await post_mail(complaint(references[1]))).status_code == 204
    assert states()[1] == "delivered"
    assert memory.deliveries.page(CAMPAIGN)[1].code == "arf.abuse"


@pytest.mark.parametrize(
    ("token", "scheme"),
    [("wrong", "Bearer"), ("x", "Bearer"), (MAIL_TOKEN, "Basic"), ("中", "Bearer")],
)
async def test_a_wrong_token_changes_nothing(client, references, states, token, scheme):
    head = {"authorization": f"{scheme} {token}".encode()}
    answer = await client.post("/receipts/email", content=bounce(references[0]), headers=head)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    assert states()[0] == "sent"


async def test_what_says_nothing_is_refused_and_counted(post_mail, references, states, caplog):
    caplog.set_level(logging.WARNING)
    person = "zhang.san@example.com"
    for raw in (b"", f"From: {person}\r\n\r\nI am away".encode(), bounce("f" * 50), bounce()):
        answer = await post_mail(raw)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_receipt")
    assert (await post_mail(b"x" * 1_048_577)).status_code == 413
    assert states() == ["sent", "sent", "sent", "unknown"]
    said = [record.getMessage() for record in caplog.records if record.name.startswith("intake")]
    assert said[1] == "a mail was set aside: bounce.no_report, the 2. of its kind since the start"
    assert not any(person in line for line in said)
    assert references


async def test_a_ledger_that_is_away_is_told(post_mail, references, memory):
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    answer = await post_mail(bounce(references[0]))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


USER, PASSWORD = "bounces", "correct horse"


@asynccontextmanager
async def imap(tls=None):
    """A real IMAP server in this process; gives its port."""
    args = Namespace(
        host="127.0.0.1", port="0", debug=False, cert=None, key=None, tls=False, demo_data=None,
        demo_user=USER, demo_password=PASSWORD, passlib_cfg=None, proxy_protocol=None,
    )  # fmt: skip
    backend, config = await DictBackend.init(
        args, secure_auth=False, invalid_user_sleep=0.0, hash_context=BuiltinHash(rounds=1)
    )
    serve = IMAPServer(backend.login, config)

    async def answered(reader, writer):
        await serve(reader, writer, SocketInfoLocal(writer.transport))

    async with await asyncio.start_server(answered, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]


class Letterbox:
    """Puts mails into the mailbox, and looks at how they lie there."""

    def __init__(self, port):
        self.port = port

    def __enter__(self):
        self.line = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=30)
        self.line.login(USER, PASSWORD)
        self.line.select_folder("INBOX")
        return self.line

    def __exit__(self, *_):
        self.line.logout()


def filled(port, *mails):
    with Letterbox(port) as line:
        for mail in mails:
            line.append("INBOX", mail)


def flags(port):
    with Letterbox(port) as line:
        found = line.fetch(line.search(["ALL"]), ["FLAGS"])
        return [
            sorted(flag.decode() for flag in found[uid][b"FLAGS"] if flag != rb"\Recent")
            for uid in sorted(found)
        ]


@pytest.fixture
def bounces(memory):
    return Bounces(memory.deliveries, lambda: datetime.now(UTC))


def place(port, **changes):
    return Place(
        **{"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD, "tls": "none", **changes}
    )


async def test_a_mailbox_is_read_into_the_rows(references, states, bounces):
    async with imap() as port:
        huge = bounce(references[2]) + b"x" * 1_200_000
        away = b"From: a@example.com\r\nSubject: away\r\n\r\nI am away\r\n"
        mails = [bounce(references[0]), away, complaint(references[1]), huge, bounce("f" * 50)]
        await asyncio.to_thread(filled, port, *mails)
        mailbox = Mailbox(place(port), bounces)
        assert await asyncio.to_thread(mailbox.look) == 5
        assert states() == ["bounced", "delivered", "sent", "unknown"]
        aside = [r"\Flagged", r"\Seen"]
        assert await asyncio.to_thread(flags, port) == [[r"\Seen"], aside, [r"\Seen"], aside, aside]
        assert await asyncio.to_thread(mailbox.look) == 0
        assert bounces.aside.total() == 3


async def test_a_mail_is_read_again_when_its_row_could_not_be_written(references, states, memory, bounces):
    class Away(Bounces):
        def take(self, raw):  # noqa: ARG002 - as the real one is called
            raise LedgerUnavailable("ledger.busy", "the ledger is busy")

    async with imap() as port:
        await asyncio.to_thread(filled, port, bounce(references[0]))
        away = Mailbox(place(port), Away(memory.deliveries, lambda: NOW))
        with pytest.raises(Unread, match=r"ledger\.busy"):
            await asyncio.to_thread(away.look)
        assert await asyncio.to_thread(flags, port) == [[]]
        await asyncio.to_thread(Mailbox(place(port), bounces).look)
        assert states()[0] == "bounced"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "mailbox.login"),
        ({"folder": "Nowhere"}, "mailbox.unreachable"),
        ({"port": 1}, "mailbox.unreachable"),
        ({"tls": "implicit"}, "mailbox.unreachable"),
        ({"tls": "starttls"}, "mailbox.unreachable"),
    ],
)
async def test_a_mailbox_that_cannot_be_read(bounces, changes, code):
    async with imap() as port:
        mailbox = Mailbox(place(**{"port": port, **changes}), bounces)
        with pytest.raises(Unread) as caught:
            await asyncio.to_thread(mailbox.look)
    assert caught.value.code == code
    assert PASSWORD not in f"{caught.value!r} {mailbox._place!r}"


WRONG = "mailbox.unverified"


@pytest.mark.parametrize(
    ("name", "expired", "code"),
    [("127.0.0.1", False, ""), ("192.0.2.1", False, WRONG), ("127.0.0.1", True, WRONG)],
)
async def test_a_mailbox_is_only_read_under_a_certificate_we_trust(bounces, authority, name, expired, code):
    async with imap(authority.server(name, expired=expired)) as port:
        mailbox = Mailbox(place(port, tls="implicit", ca_file=authority.file), bounces)
        if code:
            with pytest.raises(Unread, match=code):
                await asyncio.to_thread(mailbox.look)
        else:
            assert await asyncio.to_thread(mailbox.look) == 0


def test_a_password_is_not_sent_in_clear_to_another_machine():
    with pytest.raises(ValueError, match="needs TLS"):
        place(993, host="mail.example.invalid")


async def test_it_goes_on_looking_and_says_once_what_is_wrong(
    references, states, bounces, caplog, unused_port
):
    caplog.set_level(logging.WARNING)
    lost = Mailbox(place(unused_port, every=0.01), bounces)
    running = asyncio.create_task(lost.run())
    await until(lambda: lost._said)
    running.cancel()
    async with imap() as port:
        lost._place = place(port, every=0.01)
        await asyncio.to_thread(filled, port, bounce(references[0]))
        running = asyncio.create_task(lost.run())
        await until(lambda: states()[0] == "bounced" and not lost._said)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    said = [record.getMessage() for record in caplog.records if record.name == "intake.mailbox"]
    assert said == [
        "the mailbox of bounces cannot be read: mailbox.unreachable",
        "the mailbox of bounces is read again",
    ]


def test_a_report_on_one_row_changes_no_other(references, states, bounces):
    assert (
        bounces.take(bounce(references[0][:-1] + ("0" if references[0][-1] != "0" else "1"))) is Became.ASIDE
    )
    assert bounces.take(bounce(references[0], "delayed", "4.4.1")) is Became.NOTED
    assert states() == ["sent", "sent", "sent", "unknown"]
