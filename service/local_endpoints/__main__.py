"""All local endpoints in one process: `python -m service.local_endpoints`.

Prints a line of JSON with their addresses and credentials once they listen, and a second one with what they
really took when SIGTERM ends them: `heard` says by channel how often for each address, by its SHA-256.
"""

import argparse
import asyncio
import hashlib
import json
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from service.local_endpoints.edr_like import EdrLike
from service.local_endpoints.smtp_fault import Fault
from service.local_endpoints.smtp_sink import SmtpSink
from service.local_endpoints.twilio_fault import ProviderFault
from service.local_endpoints.twilio_like import TwilioLike
from service.local_endpoints.wecom_like import WecomLike

EDR_BEARER = "bearer-of-the-local-endpoint"


async def _serve(options: argparse.Namespace) -> None:
    sink = SmtpSink(faults=[Fault.parse(text) for text in options.mail_fault], log=options.mail_log)
    faults = tuple(ProviderFault.parse(text) for text in options.sms_fault)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        await sink.start(options.smtp_port)
        stack.push_async_callback(sink.stop)
        twilio = await stack.enter_async_context(TwilioLike(faults=faults, port=options.twilio_port))
        wecom = await stack.enter_async_context(WecomLike(port=options.wecom_port))
        edr = await stack.enter_async_context(EdrLike(bearer=EDR_BEARER, port=options.edr_port))
        _say(
            {
                "smtp_port": sink.port,
                "twilio_url": twilio.url,
                "twilio_account": twilio.account_sid,
                "twilio_token": twilio.auth_token,
                "wecom_url": wecom.url,
                "wecom_corp_id": wecom.corp_id,
                "wecom_agent_id": wecom.agent_id,
                "wecom_secret": wecom.secret,
                "edr_url": edr.url,
                "edr_bearer": EDR_BEARER,
            },
        )
        await ended.wait()
        taken = {
            "mail": sink.counts(),
            "heard": {
                "email": dict(sink.recipients),
                "sms": _hashed(one.to for one in twilio.created if one.kind == "Messages"),
                "voice": _hashed(one.to for one in twilio.created if one.kind == "Calls"),
                "im": _hashed(one.member for one in wecom.taken),
            },
            "carried_out": dict(edr.carried_out),
        }
    _say(taken)


def _hashed(addresses: Iterable[str]) -> dict[str, int]:
    return Counter(hashlib.sha256(address.encode()).hexdigest() for address in addresses)


def _say(words: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        description="An SMTP server, a Twilio-like, a WeCom-like and an EDR-like endpoint."
    )
    for name in ("smtp", "twilio", "wecom", "edr"):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--mail-log", type=Path, help="a file that gets a line for each e-mail")
    parser.add_argument(
        "--mail-fault", action="append", default=[], help="stage=rcpt,reply=450 later,times=1"
    )
    parser.add_argument("--sms-fault", action="append", default=[], help="turn=broken_after,every=100")
    uvloop.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
