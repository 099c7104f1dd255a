"""Both drivers through the whole fault table: the class of every outcome is right in every cell, and never
contradicts what the server really took; a connection that cannot be trusted any more carries nothing."""

import asyncio
import itertools
from dataclasses import replace

import pytest

from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured, Unknown, Unreachable
from notifiers.port import Accepted
from notifiers.smtp_pipeline import SmtpPipeline
from notifiers.smtp_pool import Driver
from notifiers.smtp_session import SmtpSession
from notifiers.smtp_stage import Stage as At
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.local_endpoints.smtp_sink import EXTENSIONS, SmtpSink
from tests.notifiers.letters import SENDER, impatient, message, relayed
from tests.notifiers.smtp_table import TABLE


def offering(*lacking: str) -> tuple[str, ...]:
    return tuple(one for one in EXTENSIONS if one not in lacking)


WAYS = {
    # driver, what the server offers, who carries
    "aiosmtplib": (Driver.AIOSMTPLIB, EXTENSIONS, SmtpSession),
    "pipelined": (Driver.PIPELINED, offering("CHUNKING"), SmtpPipeline),
    "chunked": (Driver.PIPELINED, EXTENSIONS, SmtpPipeline),
    "not offered": (Driver.PIPELINED, offering("PIPELINING", "CHUNKING"), SmtpSession),
}
OPENING = (Stage.CONNECT, Stage.EHLO)
WAITING_AT = {
    Stage.MAIL: At.MAIL,
    Stage.RCPT: At.RCPT,
    Stage.DATA: At.DATA,
    Stage.BODY: At.DOT,
    Stage.DOT: At.DOT,
}


def named(row) -> str:
    stage, fault, expected, _ = row
    return f"{stage.value}-{fault.reply[:12].strip() or fault.act.value}-{expected.__name__}"


def truthful(outcomes, sent, sink) -> None:
    for outcome, one in zip(outcomes, sent, strict=True):
        taken = sink.received[one.message_id]
        assert taken <= 1
        if isinstance(outcome, Accepted):
            assert taken == 1
        elif not isinstance(outcome, Unknown):
            assert taken == 0
        assert "person" not in str(outcome)


def spoils(fault: Fault) -> bool:
    """Whether the server showed that its next reply cannot be trusted, or that there will be none."""
    plain = fault.reply[:3].isdigit() and 400 <= int(fault.reply[:3]) < 600 and fault.reply[3:4] in " -"
    return fault.act is not Act.REPLY or not plain or fault.reply[:3] in {"421", "503"}


def goes_again(stage: Stage, fault: Fault, expected: type) -> bool:
    """A used connection at fault before the message left is changed; the message goes over a fresh one."""
    if expected is not Unreachable or stage in (Stage.BODY, Stage.DOT) or fault.act is Act.SILENCE:
        return False
    plain = fault.reply[:1] in {"4", "5"} and fault.reply[:3].isdigit()
    return not plain or (stage is Stage.MAIL and fault.reply[:3] == "421")


async def cell(way, row, connections: int, place: str) -> None:
    driver, extensions, carrier = WAYS[way]
    stage, fault, expected, code = row
    number = 1 if place == "alone" else 12 if connections == 1 else 40
    after = {"alone": 0, "first": 0, "middle": number // 2, "last": number - 1}[place]
    scripted = replace(fault, after=after, times=2 if stage is Stage.EHLO else 1)
    async with SmtpSink(faults=[scripted], extensions=extensions) as sink:
        relay = relayed(sink.port, driver=driver, connections=connections)
        if fault.act is Act.SILENCE and stage in OPENING:
            relay = replace(relay, patience=replace(relay.patience, connect=0.4))
        async with EmailNotifier(relay, SENDER) as notifier:
            sent = [message(one) for one in range(number)]
            sending = asyncio.ensure_future(notifier.send_many(sent))
            if fault.act is Act.SILENCE and stage not in OPENING:
                await impatient(sink, notifier, WAITING_AT[stage])
            outcomes = await sending
            assert all(isinstance(line, carrier) for line in notifier._pool._idle)
        truthful(outcomes, sent, sink)
        if spoils(fault) and stage not in OPENING:
            assert [session.heard_since for session in sink.struck] == [0]
        odd = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
        used = place in {"middle", "last"} and connections == 1
        if expected is Misconfigured:
            assert odd
            assert all(isinstance(outcome, Misconfigured) for outcome in odd)
        elif expected is Accepted or (used and goes_again(stage, fault, expected)):
            assert not odd
        elif stage in OPENING and number > 1:
            # Another connection, or the same one opened again, carries what this one did not.
            assert all(isinstance(outcome, expected) for outcome in odd)
        elif connections > 1 and goes_again(stage, fault, expected):
            # Whether the connection that met it was a fresh one is the luck of the draw.
            assert len(odd) <= 1
            assert all(isinstance(outcome, expected) for outcome in odd)
        else:
            [outcome] = odd
            assert isinstance(outcome, expected)
            if code is not None and carrier is SmtpPipeline and fault.reply.endswith("extra"):
                # An answer too many shows itself only when all that were due have been read.
                assert outcome.code.endswith(".garbled")
            elif code is not None:
                assert outcome.code == code


# A message that leaves by BDAT has no stage of DATA.
MET = [(row, way) for row in TABLE for way in WAYS if way != "chunked" or row[0] is not Stage.DATA]


@pytest.mark.parametrize(("row", "way"), MET, ids=[f"{named(row)}-{way}" for row, way in MET])
async def test_the_class_is_right_in_every_cell(row, way):
    cells = [(1, "alone"), *itertools.product((1, 10), ("first", "middle", "last"))]
    if row[0] in OPENING:
        cells = [(1, "alone"), (10, "first")]
    await asyncio.gather(*(cell(way, row, *one) for one in cells))
