"""POST /alerts/{source}: prove it, store it, answer; nothing is understood here."""

import logging
from typing import Final

from starlette.types import Receive, Scope, Send

from intake import answers
from intake.answers import Answer, Denied, answer
from intake.naming import Naming
from intake.ports import Ports
from intake.signature import Signed, key_of
from intake.source import Source
from intake.wire import posted, received, served
from ledger.errors import LedgerUnavailable
from ledger.port import Parcel, Stored, Storing

PREFIX: Final = "/alerts/"

_log = logging.getLogger(__name__)


class Alerts:
    """The busiest route, as a plain ASGI application: its three thousand a second leave no time for more."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._naming = Naming(ports.hide)
        self._keys = {name: tuple(map(key_of, source.secrets)) for name, source in ports.sources.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await served(self._reply(scope, receive), receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Answer:
        name = scope["path"][len(PREFIX) :]
        source = self._ports.sources.get(name)
        if source is None:
            raise Denied(answers.UNKNOWN_SOURCE, unread=True)
        head = posted(scope, source.max_body)
        if head.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Denied(answers.COMPRESSED, unread=True)
        message = Signed(
            head.get(b"webhook-id", b""),
            head.get(b"webhook-timestamp", b""),
            head.get(b"webhook-signature", b""),
        )
        now = self._ports.clock()
        if not message.timely(now):
            raise Denied(answers.BAD_SIGNATURE, unread=True)
        body = await received(receive, source.max_body)
        if not message.proves(body, self._keys[name]):
            raise Denied(answers.BAD_SIGNATURE)
        return await self._kept(source, Parcel(name, message.id.decode(), body, now))

    async def _kept(self, source: Source, parcel: Parcel) -> Answer:
        try:
            stored = await self._ports.inbox.put(parcel)
        except LedgerUnavailable as fault:
            _log.error("a delivery could not be stored", extra={"source": source.name, "code": fault.code})
            return answers.UNAVAILABLE.answer()
        if stored.storing is Storing.NEW:
            self._ports.stored.set()
        return self._said(source, stored)

    def _said(self, source: Source, stored: Stored) -> Answer:
        delivery = self._naming.delivery(stored.id)
        if stored.storing is Storing.CONFLICT:
            _log.warning("one id came with two bodies", extra={"source": source.name, "delivery": delivery})
            return answers.OTHER_BODY.answer(delivery=delivery)
        said: dict[str, object] = {"delivery": delivery, "status": stored.status.value}
        if stored.incidents:
            said["incidents"] = stored.incidents
        return answer(source.ok_status, said)
