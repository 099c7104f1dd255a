"""POST /receipts/email: a bounce or complaint, whole as it came, from a mail server of ours."""

import asyncio
import hmac
import logging
from typing import Final

from starlette.types import Receive, Scope, Send

from intake import answers
from intake.answers import Answer, Denied
from intake.bounce import MOST_BYTES
from intake.bounces import Became, Bounces
from intake.ports import Ports
from intake.wire import posted, received, served
from ledger.errors import LedgerUnavailable

PATH: Final = "/receipts/email"

_TAKEN: Final = Answer(204, (), b"")
_log = logging.getLogger(__name__)


class MailReceipts:
    """Mails that another program hands over, proven by a bearer token; a repeat is a success."""

    def __init__(self, ports: Ports) -> None:
        self._tokens = tuple(token.encode() for token in ports.mail_receipt_tokens)
        self._bounces = Bounces(ports.deliveries, ports.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one mail."""
        await served(self._reply(scope, receive), receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Answer:
        head = posted(scope, MOST_BYTES)
        if not self._proven(head.get(b"authorization", b"")):
            raise Denied(answers.BAD_TOKEN, unread=True)
        body = await received(receive, MOST_BYTES)
        try:
            became = await asyncio.to_thread(self._bounces.take, body)
        except LedgerUnavailable as fault:
            _log.error("a receipt could not be stored: %s", fault.code)
            return answers.UNAVAILABLE.answer()
        return answers.MALFORMED_RECEIPT.answer() if became is Became.ASIDE else _TAKEN

    def _proven(self, given: bytes) -> bool:
        scheme, _, token = given.partition(b" ")
        if scheme.lower() != b"bearer":
            return False
        return any(hmac.compare_digest(token.strip(), each) for each in self._tokens)
