"""Two workers that share a budget: what the servers see of it in every window of a second."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from activities.paced import Paced
from domain.outlook import Budget
from ledger.memory import Memory, master_key
from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured, Unreachable
from notifiers.mime import Sender
from notifiers.port import HALTED, PACED, Accepted, Message
from notifiers.sms import SmsNotifier
from notifiers.smtp_pool import Relay, Tls
from service.local_endpoints.smtp_sink import SmtpSink
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from service.local_endpoints.twilio_like import TwilioLike
from tests.notifiers.numbers import account, text
from tests.windows import fullest


class Clocked(SmtpSink):
    """A mail server that knows when each message came, by domain."""

    def __init__(self) -> None:
        super().__init__()
        self.came = []

    def take(self, mail):
        super().take(mail)
        self.came.append((time.monotonic(), mail.recipient.rpartition("@")[2].lower()))

    def fullest(self, domain=""):
        """The most messages in any window of a second."""
        return fullest(when for when, where in self.came if domain in {"", where})


@pytest.fixture
async def clocked():
    async with Clocked() as server:
        yield server


@pytest.fixture
def workers(memory, tmp_path, clocked):
    """Two workers' mail, each with a ledger of its own to the one database."""

    @asynccontextmanager
    async def both(budget):
        other = Memory(f"sqlite:///{tmp_path / 'ledger.db'}", master_key(tmp_path))
        relay = Relay(host="127.0.0.1", port=clocked.port, tls=Tls.NONE, connections=4)
        try:
            async with (
                EmailNotifier(relay, Sender("notice@tocsin.invalid")) as first,
                EmailNotifier(relay, Sender("notice@tocsin.invalid")) as second,
            ):
                yield Paced(first, budget, memory.pace), Paced(second, budget, other.pace)
        finally:
            other.close()

    return both


def letters(number, domain="example.com", start=0):
    return [
        Message(
            reference=f"r{place}",
            to=f"person{place}@{domain}",
            subject="通知",
            text="一段话",
            message_id=f"<{domain}.{place}@tocsin.invalid>",
        )
        for place in range(start, start + number)
    ]


async def test_two_workers_keep_to_one_budget_in_every_second(workers, clocked):
    async with workers(Budget(per_second=15, senders=2)) as (first, second):
        began = time.monotonic()
        outcomes = await asyncio.gather(first.send_many(letters(45)), second.send_many(letters(45, start=45)))
        took = time.monotonic() - began
    assert all(isinstance(each, Accepted) for answers in outcomes for each in answers)
    assert clocked.counts()["recipients"] == 90
    # That places lie apart is proven elsewhere; here a busy machine may read some messages late.
    assert clocked.fullest() < 60
    assert took >= 2.9


async def test_a_domain_keeps_to_its_own_rate_and_holds_nobody_else_up(workers, clocked):
    budget = Budget(per_second=200, domains={"qq.com": 5})
    async with workers(budget) as (first, second):
        mixed = [*letters(10, "qq.com"), *letters(40)]
        await asyncio.gather(first.send_many(mixed), second.send_many(letters(5, "QQ.com", start=10)))
    assert clocked.fullest("qq.com") < 12
    slow = [when for when, where in clocked.came if where == "qq.com"]
    fast = [when for when, where in clocked.came if where == "example.com"]
    assert len(slow) == 15
    assert max(fast) < sorted(slow)[8]


async def test_who_finds_no_place_in_time_is_told_when_there_may_be_one(workers, clocked, memory):
    memory.pace.hold("email", 60)
    async with workers(Budget(per_second=10)) as (first, _):
        answers = await first.send_many(letters(3))
        assert {type(each) for each in answers} == {Unreachable}
        assert {each.code for each in answers} == {PACED}
        assert answers[0].retry_after == pytest.approx(60, abs=2)
        # A filing does not wait behind a campaign.
        assert isinstance(await first.send(letters(1)[0]), Accepted)
    assert clocked.counts()["messages"] == 1


async def test_a_halt_is_heard_while_a_place_is_waited_for(workers, clocked):
    async with workers(Budget(per_second=0.25)) as (first, _):
        began = time.monotonic()
        answers = await first.send_many(letters(3), lambda: time.monotonic() > began + 0.3)
        assert time.monotonic() - began < 4
    assert isinstance(answers[0], Accepted)
    assert [each.code for each in answers[1:]] == [HALTED, HALTED]
    assert clocked.counts()["messages"] == 1


async def test_a_ledger_that_is_away_sends_nothing_by_the_budget_and_a_filing_all_the_same(workers, memory):
    async with workers(Budget(per_second=10)) as (first, _):
        memory.close()
        with memory.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE pace RENAME TO elsewhere")
        answers = await first.send_many(letters(2))
        assert [each.code for each in answers] == [PACED, PACED]
        assert isinstance(await first.send(letters(1)[0]), Accepted)


async def test_a_provider_that_asks_to_be_left_alone_is_left_so_by_all(memory):
    fault = ProviderFault(Turn.THROTTLED, times=1, retry_after=40)
    async with TwilioLike(faults=(fault,), callbacks=False) as provider:
        async with SmsNotifier(account(provider)) as one, SmsNotifier(account(provider)) as other:
            first, second = (Paced(each, Budget(per_second=50), memory.pace) for each in (one, other))
            [told, *held] = await first.send_many([text(1), text(2)])
            assert told.code == "twilio.20429"
            assert [each.code for each in held] == [PACED]
            [waits] = await second.send_many([text(3)])
        assert provider.requests == 1
    assert waits.code == PACED
    assert waits.retry_after == pytest.approx(40, abs=2)


async def test_wrong_credentials_cost_one_request(memory):
    fault = ProviderFault(Turn.REFUSED, code=20003, status=401)
    async with TwilioLike(faults=(fault,), callbacks=False) as provider:
        async with SmsNotifier(account(provider)) as one:
            paced = Paced(one, Budget(per_second=50), memory.pace)
            answers = await paced.send_many([text(number) for number in range(20)])
        assert provider.requests == 1
    assert {type(each) for each in answers} == {Misconfigured}
