"""POST /receipts/twilio/{reference}: a provider's word on one message goes into its row."""

import asyncio
import logging
from typing import Final

from starlette.types import Receive, Scope, Send

from intake import answers
from intake.answers import Answer, Denied
from intake.ports import Ports
from intake.twilio import Callback, NoReceipt
from intake.wire import posted, received, served
from ledger.errors import LedgerUnavailable
from ledger.port import Receipt, Received

PREFIX: Final = "/receipts/twilio/"
MOST_BYTES: Final = 65_536

_TAKEN: Final = Answer(204, (), b"")
_log = logging.getLogger(__name__)


class TwilioReceipts:
    """Twilio's callbacks as a plain ASGI application; a repeat changes nothing and is a success."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one callback."""
        await served(self._reply(scope, receive), receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Answer:
        head = posted(scope, MOST_BYTES)
        body = await received(receive, MOST_BYTES)
        try:
            callback = Callback(body)
            if not self._proven(scope, head, callback):
                raise Denied(answers.BAD_SIGNATURE)
            receipt = callback.receipt(scope["path"][len(PREFIX) :], self._ports.clock())
        except NoReceipt:
            raise Denied(answers.MALFORMED_RECEIPT) from None
        return _TAKEN if receipt is None else await self._taken(receipt)

    def _proven(self, scope: Scope, head: dict[bytes, bytes], callback: Callback) -> bool:
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        url = self._ports.public_url + (path + b"?" + query if query else path).decode("latin-1")
        return callback.proven(
            url,
            head.get(b"x-twilio-signature", b"").decode("latin-1"),
            head.get(b"x-twilio-webhooks-signature-settings", b"").decode("latin-1"),
            self._ports.twilio_auth_tokens,
        )

    async def _taken(self, receipt: Receipt) -> Answer:
        try:
            (became,) = await asyncio.to_thread(self._ports.deliveries.receive, [receipt])
        except LedgerUnavailable as fault:
            _log.error("a receipt could not be stored", extra={"code": fault.code})
            return answers.UNAVAILABLE.answer()
        return answers.UNKNOWN_REFERENCE.answer() if became is Received.NO_SUCH_ROW else _TAKEN
