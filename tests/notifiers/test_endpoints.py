"""The local endpoints as processes: they say where they are, what they took, and leave when told."""

import asyncio
import hashlib
import json
import signal
import sys
from contextlib import asynccontextmanager

import pytest

from notifiers.action import Endpoint, HttpAction, Order
from notifiers.email import EmailNotifier
from notifiers.errors import Refused, Unknown, Unreachable
from notifiers.port import Accepted, Message
from notifiers.sms import SmsNotifier
from notifiers.smtp_pool import Relay, Tls
from notifiers.twilio_line import TwilioAccount
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from tests.notifiers.letters import SENDER, message


@asynccontextmanager
async def process(module: str, *arguments: str):
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    told = {}
    try:
        async with asyncio.timeout(30):
            told.update(json.loads(await started.stdout.readline()))
        yield told
    finally:
        started.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            rest = await started.stdout.read()
            await started.wait()
        told["end"] = json.loads(rest)
        assert started.returncode == 0


async def test_the_sink_as_a_process(tmp_path):
    log = tmp_path / "mail.log"
    arguments = ("--log", str(log), "--fault", "stage=rcpt,reply=450 4.2.0 later,to=person3@,times=1")
    async with (
        process("service.local_endpoints.smtp_sink", *arguments) as told,
        EmailNotifier(Relay("127.0.0.1", told["port"], Tls.NONE), SENDER) as notifier,
    ):
        outcomes = await notifier.send_many([message(number) for number in range(50)])
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 49
    assert isinstance(outcomes[3], Unreachable)
    assert told["end"]["messages"] == told["end"]["distinct"] == 49
    assert len(log.read_text().splitlines()) == 49


async def test_all_of_them_in_one_process():
    async with process("service.local_endpoints", "--sms-fault", "turn=broken_after,times=1") as told:
        account = TwilioAccount(
            told["twilio_account"],
            told["twilio_account"],
            told["twilio_token"],
            sender="+15550001111",
            base_url=told["twilio_url"],
        )
        sms = Message("row-1", "+8613800138001", "", "您好")
        async with SmsNotifier(account) as notifier:
            with pytest.raises(Unknown):
                await notifier.send(sms)
            await notifier.send(sms)
        async with EmailNotifier(Relay("127.0.0.1", told["smtp_port"], Tls.NONE), SENDER) as notifier:
            await notifier.send(message(1))
        edr = Endpoint(
            f"{told['edr_url']}/contain",
            f"{told['edr_url']}/release",
            bearer=told["edr_bearer"],
        )
        async with HttpAction(edr) as action:
            await action.perform(Order("k", "I-1", "isolate", "host-1"))
            await action.undo(Order("k", "I-1", "isolate", "host-1"))
            with pytest.raises(Refused):
                await action.perform(Order("k", "I-1", "isolate", "host-2"))
    assert told["end"]["heard"]["sms"] == {hashlib.sha256(b"+8613800138001").hexdigest(): 2}
    assert told["end"]["mail"]["messages"] == 1
    assert told["end"]["carried_out"] == {"contain": 1, "release": 1}


def test_faults_are_read_from_a_line():
    fault = Fault.parse("stage=dot,act=fin,keeps=yes,every=3")
    assert (fault.stage, fault.act, fault.keeps, fault.every) == (Stage.DOT, Act.FIN, True, 3)
    assert ProviderFault.parse("turn=throttled,retry_after=7").retry_after == 7
    assert ProviderFault.parse("turn=silent").turn is Turn.SILENT
    for wrong in ("", "stage=dot,colour=red", "stage=nowhere"):
        with pytest.raises(ValueError, match=r"fault is|not a valid"):
            Fault.parse(wrong)
    for wrong in ("", "turn=silent,colour=red", "turn=left"):
        with pytest.raises(ValueError, match=r"fault is|not a valid"):
            ProviderFault.parse(wrong)
