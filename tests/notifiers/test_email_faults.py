"""Each stage of an SMTP session times each thing that can go wrong there: the class of the outcome is right,
and never contradicts what the server really took."""

import asyncio
from datetime import UTC, datetime

import pytest

from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable
from notifiers.port import Accepted, Reference
from notifiers.smtp_pool import Relay, Tls
from notifiers.smtp_session import Patience
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.local_endpoints.smtp_sink import SmtpSink
from tests.notifiers.letters import SENDER, message, until

QUICK = Patience(connect=0.4, reply=0.4, final=0.4)


def relay(sink: SmtpSink, **changes) -> Relay:
    fields = {"host": "127.0.0.1", "port": sink.port, "tls": Tls.NONE, "connections": 1, "patience": QUICK}
    return Relay(**{**fields, "cool_off": 0.0, **changes})


def truthful(outcomes, sent, sink):
    for outcome, one in zip(outcomes, sent, strict=True):
        taken = sink.received[one.message_id]
        assert taken <= 1
        if isinstance(outcome, Accepted):
            assert taken == 1
        elif not isinstance(outcome, Unknown):
            assert taken == 0


BEFORE_THE_BODY = [Stage.MAIL, Stage.RCPT, Stage.DATA]
TABLE = [
    # stage, what happens, class, code
    (Stage.CONNECT, Fault(Stage.CONNECT, reply="421 4.3.2 busy"), Unreachable, "smtp.connect.421"),
    (Stage.CONNECT, Fault(Stage.CONNECT, reply="554 5.7.1 go away"), Misconfigured, "smtp.connect.554"),
    (Stage.CONNECT, Fault(Stage.CONNECT, reply="hello"), Unreachable, "smtp.connect.-01"),
    (Stage.CONNECT, Fault(Stage.CONNECT, Act.SILENCE), Unreachable, "smtp.connect.silence"),
    (Stage.CONNECT, Fault(Stage.CONNECT, Act.FIN), Unreachable, "smtp.connect.failed"),
    (Stage.CONNECT, Fault(Stage.CONNECT, Act.RST), Unreachable, "smtp.connect.failed"),
    (Stage.EHLO, Fault(Stage.EHLO, reply="421 4.3.2 busy"), Unreachable, "smtp.ehlo.421"),
    (Stage.EHLO, Fault(Stage.EHLO, reply="550 5.7.1 no"), Misconfigured, "smtp.ehlo.550"),
    (Stage.EHLO, Fault(Stage.EHLO, Act.SILENCE), Unreachable, "smtp.connect.silence"),
    (Stage.EHLO, Fault(Stage.EHLO, Act.FIN), Unreachable, "smtp.connect.failed"),
    (Stage.EHLO, Fault(Stage.EHLO, Act.RST), Unreachable, "smtp.connect.failed"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="550 5.1.8 bad sender"), Misconfigured, "smtp.mail.550"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="530 5.7.0 log in"), Misconfigured, "smtp.mail.530"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="552 5.3.4 too big"), Refused, "smtp.mail.552"),
    (Stage.MAIL, Fault(Stage.MAIL, reply="503 5.5.1 out of step"), Unreachable, "smtp.mail.503"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="550 5.1.1 no such user"), Refused, "smtp.rcpt.550"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="550-5.1.1 no\r\n550 5.1.1 such user"), Refused, "smtp.rcpt.550"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="450 4.2.0 greylisted"), Unreachable, "smtp.rcpt.450"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="452 4.5.3 too many"), Unreachable, "smtp.rcpt.452"),
    (Stage.RCPT, Fault(Stage.RCPT, reply="530 5.7.0 log in"), Misconfigured, "smtp.rcpt.530"),
    (Stage.DATA, Fault(Stage.DATA, reply="554 5.5.1 no"), Refused, "smtp.data.554"),
    (Stage.DATA, Fault(Stage.DATA, reply="451 4.3.0 later"), Unreachable, "smtp.data.451"),
    (Stage.DATA, Fault(Stage.DATA, reply="250 2.0.0 what"), Unreachable, "smtp.data.garbled"),
    (Stage.DATA, Fault(Stage.DATA, reply="354 go\r\n250 extra"), Unreachable, "smtp.data.garbled"),
    (Stage.BODY, Fault(Stage.BODY, Act.SILENCE), Unknown, "smtp.silence.dot"),
    (Stage.BODY, Fault(Stage.BODY, Act.FIN), Unknown, "smtp.connection.closed.dot"),
    (Stage.BODY, Fault(Stage.BODY, Act.RST), Unknown, None),
    (Stage.BODY, Fault(Stage.BODY, reply="552 5.3.4 too big"), Refused, "smtp.dot.552"),
    (Stage.DOT, Fault(Stage.DOT, reply="554 5.6.0 spam"), Refused, "smtp.dot.554"),
    (Stage.DOT, Fault(Stage.DOT, reply="451 4.3.0 later"), Unreachable, "smtp.dot.451"),
    (Stage.DOT, Fault(Stage.DOT, reply="421 4.3.2 bye"), Unreachable, "smtp.dot.421"),
    (Stage.DOT, Fault(Stage.DOT, reply="354 what"), Unknown, "smtp.dot.garbled"),
    (Stage.DOT, Fault(Stage.DOT, reply="OK!"), Unknown, "smtp.dot.garbled"),
    (Stage.DOT, Fault(Stage.DOT, Act.SILENCE), Unknown, "smtp.silence.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.SILENCE, keeps=True), Unknown, "smtp.silence.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.FIN), Unknown, "smtp.connection.closed.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.FIN, keeps=True), Unknown, "smtp.connection.closed.dot"),
    (Stage.DOT, Fault(Stage.DOT, Act.RST, keeps=True), Unknown, None),
    (Stage.DOT, Fault(Stage.DOT, reply="250 ok\r\n250 extra", keeps=True), Accepted, "smtp.250"),
]
for _stage in BEFORE_THE_BODY:
    _name = _stage.value
    TABLE += [
        (_stage, Fault(_stage, reply="421 4.3.2 bye"), Unreachable, f"smtp.{_name}.421"),
        (_stage, Fault(_stage, reply="450 4.2.0 later"), Unreachable, f"smtp.{_name}.450"),
        (_stage, Fault(_stage, reply="\x00\xff rubbish"), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, reply="99 bottles"), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, reply="2500 ok"), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, reply="x" * 40_000), Unreachable, f"smtp.{_name}.garbled"),
        (_stage, Fault(_stage, Act.SILENCE), Unreachable, f"smtp.silence.{_name}"),
        (_stage, Fault(_stage, Act.FIN), Unreachable, f"smtp.connection.closed.{_name}"),
        (_stage, Fault(_stage, Act.RST), Unreachable, None),
    ]
for _stage in (Stage.MAIL, Stage.RCPT):
    TABLE.append(
        (_stage, Fault(_stage, reply="250 ok\r\n250 extra"), Unreachable, f"smtp.{_stage.value}.garbled"),
    )


def named(row) -> str:
    stage, fault, expected, _ = row
    return f"{stage.value}-{fault.reply[:12].strip() or fault.act.value}-{expected.__name__}"


def copied(fault: Fault, **changes) -> Fault:
    return Fault(fault.stage, fault.act, fault.reply, fault.keeps, **changes)


@pytest.mark.parametrize("row", TABLE, ids=named)
async def test_the_first_message_meets_the_fault(row):
    _, fault, expected, code = row
    # EHLO and HELO are two occasions of the same stage, so a fault there strikes both.
    async with SmtpSink(faults=[copied(fault, times=2 if fault.stage is Stage.EHLO else 1)]) as sink:
        sent = [message(1)]
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            outcomes = await notifier.send_many(sent)
        assert isinstance(outcomes[0], expected), outcomes
        if code is not None:
            assert outcomes[0].code == code
        assert "person1" not in str(outcomes[0])
        truthful(outcomes, sent, sink)


LATER = [row for row in TABLE if row[0] not in (Stage.CONNECT, Stage.EHLO)]


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("row", LATER, ids=named)
async def test_a_message_in_the_middle_meets_the_fault_and_the_rest_arrives(row, connections):
    _, fault, expected, _ = row
    # Only silence has to be cut short; on a busy machine, haste with the others would be a fault of its own.
    haste = {} if fault.act is Act.SILENCE else {"patience": Patience()}
    async with SmtpSink(faults=[copied(fault, after=6, times=1)]) as sink:
        async with EmailNotifier(relay(sink, connections=connections, **haste), SENDER) as notifier:
            sent = [message(number) for number in range(12)]
            outcomes = await notifier.send_many(sent)
        truthful(outcomes, sent, sink)
        odd = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
        if expected is Misconfigured:
            assert odd
            assert all(isinstance(outcome, Misconfigured) for outcome in odd)
        elif expected is Accepted or _dies_of_age(fault):
            assert not odd
        else:
            [outcome] = odd
            assert isinstance(outcome, expected)


def _dies_of_age(fault: Fault) -> bool:
    """A used connection that is closed at MAIL is replaced, and the message goes over the new one."""
    closed = fault.act in (Act.FIN, Act.RST) or fault.reply.startswith("421")
    return fault.stage is Stage.MAIL and closed


@pytest.mark.parametrize("act", [Act.FIN, Act.RST, Act.SILENCE])
async def test_a_reset_that_fails_spoils_the_connection_and_not_the_outcome(act):
    faults = [Fault(Stage.RCPT, reply="550 5.1.1 no such user", times=1), Fault(Stage.RSET, act)]
    async with SmtpSink(faults=faults) as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            outcomes = await notifier.send_many([message(1), message(2)])
        assert isinstance(outcomes[0], Refused)
        assert isinstance(outcomes[1], Accepted)
        assert sink.connections == 2


async def test_a_refused_recipient_is_followed_by_a_reset_on_the_same_connection():
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
async def test_a_passing_refusal_says_when_to_come_back(reply, seconds):
    async with (
        SmtpSink(faults=[Fault(Stage.RCPT, reply=reply)]) as sink,
        EmailNotifier(relay(sink), SENDER) as notifier,
    ):
        with pytest.raises(Unreachable) as caught:
            await notifier.send(message(1))
    assert caught.value.retry_after == seconds


async def test_a_server_that_is_away_is_asked_once_and_the_batch_is_told():
    async with SmtpSink() as sink:
        gone = relay(sink, connections=4, cool_off=30.0)
    async with EmailNotifier(gone, SENDER) as notifier:
        outcomes = await notifier.send_many([message(number) for number in range(500)])
    assert {type(outcome) for outcome in outcomes} == {Unreachable}
    assert {outcome.code for outcome in outcomes if isinstance(outcome, NotifierError)} == {
        "smtp.connect.failed",
    }


async def test_wrong_settings_stop_the_batch():
    async with SmtpSink(faults=[Fault(Stage.MAIL, reply="550 5.1.8 bad sender")]) as sink:
        async with EmailNotifier(relay(sink, connections=4), SENDER) as notifier:
            outcomes = await notifier.send_many([message(number) for number in range(500)])
        assert {type(outcome) for outcome in outcomes} == {Misconfigured}
        assert sink.commands["MAIL"] <= 4


async def test_an_idle_connection_that_died_is_replaced_without_a_word():
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            await notifier.send(message(1))
            for session in list(sink.open):
                session.drop()
            await notifier.send(message(2))
        assert sink.connections == 2
        assert sink.received.total() == 2


async def test_an_unasked_reply_on_an_idle_connection_makes_it_worthless():
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink), SENDER) as notifier:
            await notifier.send(message(1))
            [session] = sink.open
            session._write(b"550 5.0.0 surprise\r\n")
            await until(lambda: not sink.open)
            await notifier.send(message(2))
        assert sink.connections == 2


async def test_a_cancelled_message_takes_its_connection_with_it():
    async with SmtpSink(faults=[Fault(Stage.DOT, Act.SILENCE, times=1)]) as sink:
        async with EmailNotifier(relay(sink, patience=Patience()), SENDER) as notifier:
            task = asyncio.create_task(notifier.send(message(1)))
            await until(lambda: sink.commands["DATA"])
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await notifier.send(message(2))
        assert sink.connections == 2


async def test_a_connection_is_changed_after_its_share_of_messages():
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink, messages_per_connection=3), SENDER) as notifier:
            for number in range(7):
                await notifier.send(message(number))
        assert sink.connections == 3
        assert sink.commands["QUIT"] == 3


async def test_a_single_message_does_not_wait_for_a_whole_campaign():
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


async def test_smtp_cannot_be_asked():
    async with SmtpSink() as sink, EmailNotifier(relay(sink), SENDER) as notifier:
        verdict = await notifier.look_up(Reference("row-1", "a@example.invalid", datetime.now(UTC)))
    assert verdict.answer == "cannot_tell"


@pytest.mark.parametrize("wrong", [{"message_id": "none"}, {"language": "zh\r\nX: y"}])
async def test_a_mistake_of_ours_stops_the_batch_and_hurts_no_connection(wrong):
    async with SmtpSink() as sink, EmailNotifier(relay(sink), SENDER) as notifier:
        outcomes = await notifier.send_many([message(1, **wrong), message(2)])
        assert [getattr(outcome, "code", "") for outcome in outcomes] == ["message.unusable"] * 2
        await notifier.send(message(3))
        assert sink.connections == 1


async def test_a_server_that_takes_two_lines_only_gets_everything_over_two():
    async with SmtpSink(faults=[Fault(Stage.CONNECT, reply="421 4.7.0 too many", after=2)]) as sink:
        many = relay(sink, connections=8, cool_off=30.0)
        async with EmailNotifier(many, SENDER) as notifier:
            outcomes = await notifier.send_many([message(number) for number in range(60)])
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert sink.received.total() == 60


async def test_a_line_that_has_been_idle_too_long_is_not_trusted():
    async with SmtpSink() as sink:
        async with EmailNotifier(relay(sink, idle=0.0), SENDER) as notifier:
            await notifier.send(message(1))
            await until(
                lambda: notifier._pool._idle[0].session.idle_since < asyncio.get_running_loop().time()
            )
            await notifier.send(message(2))
        assert sink.connections == 2
        assert sink.commands["QUIT"] == 2
