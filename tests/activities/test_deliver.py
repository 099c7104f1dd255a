import asyncio
import email
import email.policy
import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.activity import ActivityCancellationDetails
from temporalio.exceptions import ApplicationError

from activities.batch import CHUNK
from activities.deliver import Count, Deliver, Delivered, Reconcile
from activities.outbox import FEW, MOST_ATTEMPTS
from activities.senders import Senders
from domain.merkle import root
from ledger.errors import LedgerUnavailable
from ledger.memory import Memory, master_key
from ledger.port import DeliveryState
from notifiers.email import EmailNotifier
from notifiers.mime import Sender
from notifiers.smtp_pool import Relay, Tls
from notifiers.smtp_stage import GREYLISTED
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.local_endpoints.smtp_sink import SmtpSink
from tests.activities.until import until

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"


def states(memory):
    counts = memory.deliveries.counts(CAMPAIGN)
    return {tally.state.value: tally.rows for tally in counts.tallies}


async def arrived(sink):
    """Wait until the first message is with the server."""
    async with asyncio.timeout(20):
        while not sink.received:  # noqa: ASYNC110 -- the sink has no event to wait for
            await asyncio.sleep(0)


@pytest.fixture
def tell(deliver, environment, batch):
    """Run batches as a shard does, until none is claimed; every answer."""

    async def run(**changes):
        answers = []
        while not answers or answers[-1].claimed:
            request = batch(**{"token": f"shard/{len(answers)}", **changes})
            answers.append(await environment.run(deliver.batch, request))
        return answers

    return run


@pytest.fixture
def settle(deliver, environment):
    async def run(*, final, drill=False):
        request = Reconcile(campaign=CAMPAIGN, first=1, last=10_000, final=final, drill=drill)
        return await environment.run(deliver.reconcile, request)

    return run


async def test_two_thousand_people_are_told_once_each_and_the_counts_add_up(
    freeze, people, tell, sink, memory, deliver, environment
):
    await freeze(people(2000) + "无,\n坏,broken\n")
    answers = await tell()
    assert sum(answer.sent for answer in answers) == 2000
    assert sink.counts()["messages"] == sink.counts()["distinct"] == sink.counts()["recipients"] == 2000
    settled = await asyncio.to_thread(environment.run, deliver.count, Count(campaign=CAMPAIGN))
    assert settled.counts == {"sent": 2000, "unreachable": 1}
    assert sum(settled.counts.values()) == memory.deliveries.counts(CAMPAIGN).audience
    assert settled.merkle_root == root(memory.deliveries.leaves(CAMPAIGN))
    assert await asyncio.to_thread(environment.run, deliver.count, Count(campaign=CAMPAIGN)) == settled


async def test_a_message_says_what_the_law_wants_and_nothing_of_the_person_but_the_name(
    freeze, tell, sink, memory
):
    await freeze("name,email,phone\n<b>王,wang@example.com,+86 10 6234 5678\n")
    await tell()
    [mail] = sink.mails
    message = email.message_from_bytes(mail.content, policy=email.policy.default)
    [row] = memory.deliveries.page(CAMPAIGN)
    assert message["Message-ID"] == row.provider_ref
    assert message["Message-ID"].endswith("@tocsin.invalid>")
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for words in (
        "第十一条",
        "第五十七条",
        "可能造成的危害",
        "我们已经采取的措施",
        "减轻危害的措施",
        "400-810-8888",
    ):
        assert words in text
        assert words in html
    assert "<b>王" in text
    assert "&lt;b&gt;王" in html
    assert "6234" not in text + html
    assert "演练" not in text


async def test_a_refused_address_goes_to_its_next_channel_or_is_counted_unreachable(
    freeze, tell, sink, memory
):
    sink.faults.append(Fault(Stage.RCPT, reply="550 5.1.1 no such user", to="person2@"))
    await freeze("name,email,phone\n一,person1@example.com,\n二,person2@example.com,\n", channels=("email",))
    answers = await tell()
    assert (answers[0].sent, answers[0].refused) == (1, 1)
    assert states(memory) == {"sent": 1, "unreachable": 1}


async def test_a_refusal_takes_a_person_to_the_next_channel(freeze, tell, sink, memory):
    sink.faults.append(Fault(Stage.RCPT, reply="550 5.1.1 no such user"))
    await freeze("name,email,phone\n一,person1@example.com,13800138000\n", channels=("email", "sms"))
    await tell()
    [row] = memory.deliveries.page(CAMPAIGN)
    assert (row.channel, row.state, row.leg) == ("sms", DeliveryState.DUE, 1)


async def test_a_server_that_is_away_costs_nobody_their_message(
    freeze, people, memory, letters, environment, batch, tell
):
    await freeze(people(120))
    async with EmailNotifier(
        Relay(host="127.0.0.1", port=9, tls=Tls.NONE), Sender("a@tocsin.invalid")
    ) as away:
        senders = Senders({"email": away}, {})
        waiting = Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")
        answer = await environment.run(waiting.batch, batch())
    assert (answer.sent, answer.unknown, answer.stop) == (0, 0, "")
    assert 0 < answer.again < 120
    assert answer.retry_after > 0
    assert states(memory) == {"due": 120}
    assert sum(answer.sent for answer in await tell()) == 120


async def test_a_channel_without_settings_stops_and_everybody_is_due_again(
    freeze, people, memory, letters, environment, batch
):
    await freeze(people(120))
    deliver = Deliver(memory.deliveries, memory.keys, Senders({}, {}), letters, domain="tocsin.invalid")
    answer = await environment.run(deliver.batch, batch())
    assert answer.stop == "channel.missing"
    assert answer.claimed == answer.again > 0
    assert states(memory) == {"due": 120}


async def test_who_was_in_the_hands_of_a_dead_worker_is_in_doubt_and_not_told_twice(
    freeze, people, tell, settle, sink, memory
):
    await freeze(people(30))
    taken = memory.deliveries.claim(CAMPAIGN, ("email",), 1, 30, 10, "dead/1", datetime.now(UTC))
    assert len(taken) == 10
    answers = await tell()
    assert sum(answer.sent for answer in answers) == 20
    assert sink.counts()["recipients"] == 20
    assert states(memory) == {"unknown": 10, "sent": 20}
    left = await settle(final=False)
    assert (left.unknown, left.due) == (10, 0)
    left = await settle(final=True)
    assert (left.unknown, left.due) == (0, 0)
    assert states(memory) == {"sent": 20, "unreachable": 10}
    assert sink.counts()["messages"] == 20


async def test_a_line_that_breaks_after_the_dot_leaves_a_doubt_that_is_never_resent(
    freeze, people, tell, settle, sink, memory
):
    sink.faults.append(Fault(Stage.DOT, act=Act.RST, keeps=True, times=1))
    await freeze(people(60))
    answers = await tell()
    assert sum(answer.unknown for answer in answers) == 1
    assert sum(answer.sent for answer in answers) == 59
    await settle(final=True)
    assert sink.counts()["messages"] == 60
    assert max(sink.received.values()) == 1
    assert states(memory) == {"sent": 59, "unreachable": 1}


async def test_what_a_provider_never_saw_is_sent_once_more(freeze, people, tell, settle, outbox, memory):
    await freeze(people(3), drill=True)
    memory.deliveries.claim(CAMPAIGN, ("email",), 1, 3, 1, "dead/1", datetime.now(UTC))
    await tell(drill=True)
    left = await settle(final=True, drill=True)
    assert (left.unknown, left.due) == (0, 1)
    await tell(drill=True)
    lines = [json.loads(line) for line in (outbox / "email.jsonl").read_text().splitlines()]
    assert len(lines) == len({line["reference"] for line in lines}) == 3
    assert memory.deliveries.counts(CAMPAIGN).possible_duplicates == 1


async def test_a_drill_reaches_recorders_only_and_every_word_says_so(freeze, people, tell, sink, outbox):
    await freeze(people(5) + "李,li2@example.com\n", drill=True)
    await tell(drill=True)
    assert sink.counts()["connections"] == 0
    lines = [json.loads(line) for line in (outbox / "email.jsonl").read_text().splitlines()]
    assert len(lines) == 6
    for line in lines:
        assert "演练" in line["subject"]
        assert "演练" in line["text"]
        assert "演练" in line["html"]


async def test_a_drill_with_real_senders_is_marked_all_the_same(
    freeze, people, memory, letters, mail, sink, environment, batch
):
    await freeze(people(1), drill=True)
    senders = Senders({}, {"email": mail})
    deliver = Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")
    await environment.run(deliver.batch, batch(drill=True))
    message = email.message_from_bytes(sink.mails[0].content, policy=email.policy.default)
    assert "演练" in message["Subject"]
    assert "演练" in message.get_body(("plain",)).get_content()
    assert "演练" in message.get_body(("html",)).get_content()


async def test_a_leaving_worker_ends_its_chunk_and_gives_the_rest_back(
    freeze, people, deliver, environment, batch, sink, memory
):
    await freeze(people(900))
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await arrived(sink)
    environment.worker_shutdown()
    answer = await running
    assert 0 < answer.sent < 900
    assert sink.counts()["recipients"] == answer.sent
    assert states(memory) == {"sent": answer.sent, "due": 900 - answer.sent}
    with pytest.raises(ApplicationError) as caught:
        await environment.run(deliver.batch, batch(token="shard/2"))
    assert caught.value.type == "worker_shutdown"
    assert not caught.value.non_retryable


async def test_a_cancelled_batch_writes_what_became_of_what_had_left(
    freeze, people, deliver, environment, batch, sink, memory
):
    await freeze(people(900))
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await arrived(sink)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    told = states(memory)["sent"]
    assert told == sink.counts()["recipients"]
    assert states(memory) == {"sent": told, "due": 900 - told}


async def test_a_stopped_batch_lets_one_message_a_connection_end_and_says_what_it_did(
    freeze, people, deliver, environment, batch, sink, memory
):
    await freeze(people(900))
    environment.info = replace(environment.info, start_to_close_timeout=None)
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await arrived(sink)
    environment.cancel(ActivityCancellationDetails(cancel_requested=True))
    before = sink.counts()["recipients"]
    answer = await running
    told = sink.counts()["recipients"]
    assert told - before <= sink.connections
    assert answer.sent == told < 900
    assert states(memory) == {"sent": told, "due": 900 - told}


async def test_a_batch_keeps_to_its_limit_its_range_and_its_time(
    freeze, people, deliver, environment, batch, memory
):
    await freeze(people(700))
    answer = await environment.run(deliver.batch, batch(first=101, last=200, limit=70))
    assert answer.claimed == 70
    told = [row.seq for row in memory.deliveries.page(CAMPAIGN, limit=700) if row.state == "sent"]
    assert told == list(range(101, 171))
    environment.info = replace(environment.info, start_to_close_timeout=timedelta(microseconds=2))
    answer = await environment.run(deliver.batch, batch(token="shard/2"))
    # One chunk was claimed for it, the channel having worked a moment ago; there was no time for another.
    assert answer.claimed == answer.sent == CHUNK


async def test_who_is_put_off_is_left_alone_that_long_while_the_others_are_told(
    freeze, people, deliver, environment, batch, sink, memory
):
    sink.faults.append(Fault(Stage.RCPT, reply="450 4.2.0 later", to="person2@", times=1))
    await freeze(people(3))
    answer = await environment.run(deliver.batch, batch())
    assert (answer.sent, answer.again, answer.retry_after) == (2, 1, 0)
    answer = await environment.run(deliver.batch, batch(token="shard/2"))
    assert answer.claimed == 0
    assert GREYLISTED - 60 < answer.retry_after <= GREYLISTED
    soon = timedelta(seconds=GREYLISTED - 60)
    answer = await environment.run(deliver.batch, batch(token="shard/3", ahead=soon))
    assert answer.claimed == 0
    assert 0 < answer.retry_after <= 60
    later = timedelta(seconds=GREYLISTED)
    answer = await environment.run(deliver.batch, batch(token="shard/4", ahead=later))
    assert (answer.sent, answer.retry_after) == (1, 0)
    answer = await environment.run(deliver.batch, batch(token="shard/5", ahead=later))
    assert (answer.claimed, answer.retry_after) == (0, 0)
    assert states(memory) == {"sent": 3}
    assert sink.counts()["messages"] == sink.counts()["distinct"] == 3


async def test_a_drill_that_is_ahead_of_the_clock_waits_by_its_own_time(
    freeze, people, deliver, environment, batch, sink
):
    sink.faults.append(Fault(Stage.RCPT, reply="450 4.2.0 later", to="person1@", times=1))
    await freeze(people(1))
    ahead = timedelta(hours=1)
    answer = await environment.run(deliver.batch, batch(ahead=ahead))
    assert (answer.claimed, answer.again) == (1, 1)
    answer = await environment.run(deliver.batch, batch(token="shard/2", ahead=ahead))
    assert answer.claimed == 0
    assert GREYLISTED - 60 < answer.retry_after <= GREYLISTED
    ahead += timedelta(seconds=GREYLISTED)
    answer = await environment.run(deliver.batch, batch(token="shard/3", ahead=ahead))
    assert answer.sent == 1


async def test_an_address_that_is_put_off_again_and_again_is_given_up(
    freeze, people, deliver, environment, batch, sink, memory
):
    sink.faults.append(Fault(Stage.RCPT, reply="450 4.2.0 later", to="person1@"))
    await freeze(people(1))
    for attempt in range(1, MOST_ATTEMPTS):
        ahead = attempt * timedelta(seconds=GREYLISTED)
        answer = await environment.run(deliver.batch, batch(token=f"shard/{attempt}", ahead=ahead))
        assert (answer.claimed, answer.again, answer.retry_after) == (1, 1, 0)
    ahead = MOST_ATTEMPTS * timedelta(seconds=GREYLISTED)
    answer = await environment.run(deliver.batch, batch(token="shard/last", ahead=ahead))
    assert (answer.refused, answer.again) == (1, 0)
    assert states(memory) == {"unreachable": 1}


async def test_a_server_that_puts_everybody_off_is_left_alone_and_nobody_is_given_up(
    freeze, people, deliver, environment, batch, sink, memory
):
    sink.faults.append(Fault(Stage.RCPT, reply="451 4.7.1 greylisted", times=3 * FEW))
    await freeze(people(FEW))
    for attempt in range(3):
        answer = await environment.run(deliver.batch, batch(token=f"shard/{attempt}"))
        assert (answer.claimed, answer.again, answer.retry_after) == (FEW, FEW, GREYLISTED)
    answer = await environment.run(deliver.batch, batch(token="shard/last"))
    assert answer.sent == FEW
    assert states(memory) == {"sent": FEW}


async def test_an_erased_campaign_is_not_sent_and_says_why(
    freeze, people, deliver, environment, batch, memory
):
    await freeze(people(3))
    memory.keys.destroy(CAMPAIGN, datetime.now(UTC))
    with pytest.raises(ApplicationError) as caught:
        await environment.run(deliver.batch, batch())
    assert caught.value.type == "erased"
    assert caught.value.non_retryable


async def test_a_channel_that_the_message_has_no_words_for_is_refused_before_anyone_is_claimed(
    freeze, people, deliver, environment, batch, memory
):
    await freeze(people(3))
    with pytest.raises(ApplicationError) as caught:
        await environment.run(deliver.batch, batch(channels=("email", "fax")))
    assert caught.value.type == "message_unknown"
    assert states(memory) == {"due": 3}


@contextmanager
def locked(tmp_path):
    """Keep everybody else from writing into the ledger."""
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def fresh(monkeypatch, tmp_path, senders, letters):
    """A worker whose ledger says at once that it is busy."""
    opened = []

    def start():
        monkeypatch.setattr("ledger.database.BUSY_MS", 20)
        memory = Memory(f"sqlite:///{tmp_path / 'ledger.db'}", master_key(tmp_path))
        opened.append(memory)
        return Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid"), memory

    yield start
    for memory in opened:
        memory.close()


async def test_outcomes_wait_for_a_ledger_that_is_busy(
    tmp_path, freeze, people, fresh, environment, batch, sink, monkeypatch, caplog
):
    monkeypatch.setattr("activities.batch.WAITS", (0.01,) * 1000)
    await freeze(people(120))
    deliver, memory = fresh()
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await arrived(sink)
    with locked(tmp_path):
        await until(lambda: "wait for the ledger" in caplog.text)
    answer = await running
    assert answer.sent == 120
    assert states(memory) == {"sent": 120}
    assert "@" not in caplog.text


async def test_a_ledger_that_stays_away_leaves_a_doubt_and_no_second_message(
    tmp_path, freeze, people, fresh, environment, batch, sink, monkeypatch
):
    monkeypatch.setattr("activities.batch.WAITS", ())
    await freeze(people(120))
    deliver, memory = fresh()
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await arrived(sink)
    with locked(tmp_path), pytest.raises(LedgerUnavailable):
        await running
    told = sink.counts()["recipients"]
    again = await environment.run(deliver.batch, batch(token="shard/2"))
    assert again.sent == 120 - told
    assert states(memory) == {"sending": told, "sent": 120 - told}
    # The last batch of a range, which finds nothing to claim, looks for what was lost.
    assert await environment.run(deliver.batch, batch(token="shard/3")) == Delivered()
    assert states(memory) == {"unknown": told, "sent": 120 - told}
    assert sink.counts()["messages"] == 120


async def test_a_chunk_under_way_is_written_although_the_next_cannot_be_claimed(
    freeze, people, fresh, environment, batch, sink, monkeypatch
):
    monkeypatch.setattr("activities.batch.CHUNK", 60)
    monkeypatch.setattr("activities.batch.WAITS", (0.01,) * 1000)
    await freeze(people(400))
    deliver, memory = fresh()
    claim = memory.deliveries.claim
    calls = []

    def counted(*args):
        calls.append(args)
        if len(calls) == 3:
            raise LedgerUnavailable("busy", "The ledger is busy.")
        return claim(*args)

    memory.deliveries.claim = counted
    with pytest.raises(LedgerUnavailable):
        await environment.run(deliver.batch, batch())
    memory.deliveries.claim = claim
    assert states(memory) == {"sent": 110, "due": 290}
    assert sink.counts()["recipients"] == 110


async def test_a_row_that_was_moved_or_tampered_with_is_not_sent(
    freeze, people, tell, sink, memory, tmp_path, settle
):
    await freeze(people(4))
    memory.deliveries.claim(CAMPAIGN, ("email",), 3, 3, 1, "dead/1", datetime.now(UTC))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as hand:
        hand.execute(
            "UPDATE recipient SET sealed = (SELECT sealed FROM recipient WHERE seq = 1) WHERE seq IN (2, 3)"
        )
        hand.commit()
    answers = await tell()
    assert (answers[0].sent, answers[0].refused) == (2, 1)
    left = await settle(final=True)
    assert left.unknown == 0
    assert states(memory) == {"sent": 2, "unreachable": 2}
    assert sink.counts()["recipients"] == 2


async def test_wrong_credentials_stop_the_channel_and_everybody_is_due_again(
    freeze, people, memory, letters, environment, batch
):
    await freeze(people(120))
    async with SmtpSink(users={"tocsin": "right"}) as sink:
        relay = Relay(host="127.0.0.1", port=sink.port, tls=Tls.NONE, username="tocsin", password="wrong")
        async with EmailNotifier(relay, Sender("a@tocsin.invalid")) as mail:
            senders = Senders({"email": mail}, {})
            deliver = Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")
            answer = await environment.run(deliver.batch, batch())
    assert answer.stop
    assert answer.sent == 0
    assert states(memory) == {"due": 120}


async def test_a_doubt_about_a_channel_without_settings_stays_until_the_end(
    freeze, people, memory, letters, environment
):
    await freeze(people(2))
    memory.deliveries.claim(CAMPAIGN, ("email",), 1, 2, 2, "dead/1", datetime.now(UTC))
    deliver = Deliver(memory.deliveries, memory.keys, Senders({}, {}), letters, domain="tocsin.invalid")
    doubt = Reconcile(campaign=CAMPAIGN, first=1, last=2, final=False, drill=False)
    assert (await environment.run(deliver.reconcile, doubt)).unknown == 2
    left = await environment.run(deliver.reconcile, doubt.model_copy(update={"final": True}))
    assert (left.unknown, left.due) == (0, 0)
    assert states(memory) == {"unreachable": 2}
