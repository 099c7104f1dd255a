"""What may go wrong between a relay and us besides a fault in the middle of a message, over both drivers."""

import asyncio
from datetime import UTC, datetime

import pytest

from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable
from notifiers.port import Accepted, Reference
from notifiers.smtp_pool import Driver, Relay
from notifiers.smtp_stage import Patience
from notifiers.smtp_stage import Stage as At
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.local_endpoints.smtp_sink import SmtpSink
from tests.notifiers.letters import SENDER, impatient, message, relayed, until


@pytest.fixture(params=Driver)
def relay(request):
    def made(sink: SmtpSink, **changes) -> Relay:
        return relayed(sink.port, driver=request.param, **changes)

    return made


@pytest.mark.parametrize("act", [Act.FIN, Act.RST, Act.SILENCE])
async def test_a_reset_that_fails_spoils_the_connection_and_not_the_outcome(relay, act):
    faults = [Fault(Stage.RCPT, reply="550 5.1.1 no such user", times=1), Fault(Stage.RSET, act, times=1)]
    async with SmtpSink(faults=faults) as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            sending = asyncio.ensure_future(notifier.send_many([message(1), message(2)]))
            if act is Act.SILENCE:
                await impatient(sink, notifier, At.RSET)
            outcomes = await sending
        assert isinstance(outcomes[0], Refused)
        assert isinstance(outcomes[1], Accepted)
        assert sink.connections == 2


async def test_a_refused_recipient_is_followed_by_a_reset_on_the_same_connection(relay):
    async with SmtpSink(faults=[Fault(Stage.RCPT, reply="550 5.1.1 no such user", to="person1@")]) as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            outcomes = await notifier.send_many([message(1), message(2)])
        assert isinstance(outcomes[0], Refused)
        assert outcomes[0].detail == "5.1.1"
        assert isinstance(outcomes[1], Accepted)
        assert sink.connections == 1
        assert sink.commands["RSET"] == 1


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [("450 4.2.0 grey", 300.0), ("451 4.7.1 grey", 300.0), ("452 4.3.1 full", 60.0), ("421 4.3.2 bye", 60.0)],
)
async def test_a_passing_refusal_says_when_to_come_back(relay, reply, seconds):
    async with (
        SmtpSink(faults=[Fault(Stage.RCPT, reply=reply)]) as sink,
        EmailNotifier(relay(sink), SENDER) as notifier,
    ):
        with pytest.raises(Unreachable) as caught:
            await notifier.send(message(1))
    assert caught.value.retry_after == seconds


async def test_a_server_that_is_away_is_asked_once_and_the_batch_is_told(relay):
    async with SmtpSink() as sink:
        gone = relay(sink, connections=4, cool_off=30.0)
    async with EmailNotifier(gone, SENDER) as notifier:
        outcomes = await notifier.send_many([message(number) for number in range(500)])
    assert {type(outcome) for outcome in outcomes} == {Unreachable}
    assert {outcome.code for outcome in outcomes if isinstance(outcome, NotifierError)} == {
        "smtp.connect.failed",
    }


async def test_wrong_settings_stop_the_batch(relay):
    async with SmtpSink(faults=[Fault(Stage.MAIL, reply="550 5.1.8 bad sender")]) as sink:
        async with EmailNotifier(relay(sink, connections=4), SENDER) as notifier:
            outcomes = await notifier.send_many([message(number) for number in range(500)])
        assert {type(outcome) for outcome in outcomes} == {Misconfigured}
        assert sink.commands["MAIL"] <= 4


async def test_an_idle_connection_that_died_is_replaced_without_a_word(relay):
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            await notifier.send(message(1))
            for session in list(sink.open):
                session.drop()
            await notifier.send(message(2))
        assert sink.connections == 2
        assert sink.received.total() == 2


async def test_an_unasked_reply_on_an_idle_connection_makes_it_worthless(relay):
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            await notifier.send(message(1))
            [session] = sink.open
            session.transport.write(b"550 5.0.0 surprise\r\n")
            await until(lambda: not sink.open)
            await notifier.send(message(2))
        assert sink.connections == 2


async def test_a_cancelled_message_takes_its_connection_with_it(relay):
    async with SmtpSink(faults=[Fault(Stage.DOT, Act.SILENCE, times=1)]) as sink:
        async with EmailNotifier(relay(sink, patience=Patience()), SENDER) as notifier:
            task = asyncio.create_task(notifier.send(message(1)))
            await until(lambda: sink.commands["DATA"] or sink.commands["BDAT"])
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await notifier.send(message(2))
        assert sink.connections == 2


async def test_a_halted_batch_lets_one_message_a_connection_end(relay):
    async with SmtpSink() as sink, EmailNotifier(relay(sink, connections=3), SENDER) as notifier:
        before: list[int] = []

        def halted() -> bool:
            taken = sink.counts()["recipients"]
            if taken >= 20 and not before:
                before.append(taken)
            return bool(before)

        outcomes = await notifier.send_many([message(n) for n in range(200)], halted)
        accepted = [each for each in outcomes if isinstance(each, Accepted)]
        assert len(accepted) == sink.counts()["recipients"] <= before[0] + 3
        rest = [each for each in outcomes if not isinstance(each, Accepted)]
        assert {(type(each), each.code) for each in rest} == {(Unreachable, "halted")}
        [again] = await notifier.send_many([message(201)])
        assert isinstance(again, Accepted), "a halted batch leaves connections that work"


async def test_a_connection_is_changed_after_its_share_of_messages(relay):
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink, messages_per_connection=3), SENDER) as notifier:
            for number in range(7):
                await notifier.send(message(number))
        assert sink.connections == 3
        assert sink.commands["QUIT"] == 3


async def test_a_single_message_does_not_wait_for_a_whole_campaign(relay, monkeypatch):
    # A quick machine sends all of these within one usual turn.
    monkeypatch.setattr("notifiers.email._TURN", 0.01)
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink, connections=2), SENDER) as notifier:
            campaign = asyncio.create_task(
                notifier.send_many([message(number) for number in range(2000)]),
            )
            await asyncio.sleep(0)
            await notifier.send(message(9999))
            assert sink.received.total() < 1000
            await campaign
        assert sink.received.total() == 2001


async def test_smtp_cannot_be_asked(relay):
    async with SmtpSink() as sink, EmailNotifier(relay(sink), SENDER) as notifier:
        verdict = await notifier.look_up(Reference("row-1", "a@example.invalid", datetime.now(UTC)))
    assert verdict.answer == "cannot_tell"


@pytest.mark.parametrize("wrong", [{"message_id": "none"}, {"language": "zh\r\nX: y"}])
async def test_a_mistake_of_ours_stops_the_batch_and_hurts_no_connection(relay, wrong):
    async with SmtpSink() as sink, EmailNotifier(relay(sink), SENDER) as notifier:
        outcomes = await notifier.send_many([message(1, **wrong), message(2)])
        assert [getattr(outcome, "code", "") for outcome in outcomes] == ["message.unusable"] * 2
        await notifier.send(message(3))
        assert sink.connections == 1


async def test_a_server_that_takes_two_lines_only_gets_everything_over_two(relay):
    async with SmtpSink(faults=[Fault(Stage.CONNECT, reply="421 4.7.0 too many", after=2)]) as sink:
        many = relay(sink, connections=8, cool_off=30.0)
        async with EmailNotifier(many, SENDER) as notifier:
            outcomes = await notifier.send_many([message(number) for number in range(60)])
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert sink.received.total() == 60


async def test_a_line_that_has_been_idle_too_long_is_not_trusted(relay):
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink, idle=0.0), SENDER) as notifier:
            await notifier.send(message(1))
            await until(lambda: notifier._pool._idle[0].idle_since < asyncio.get_running_loop().time())
            await notifier.send(message(2))
        assert sink.connections == 2
        assert sink.commands["QUIT"] == 2
