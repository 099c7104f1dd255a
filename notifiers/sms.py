"""SMS through Twilio's Message resource."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from twilio.base import values  # type: ignore[import-untyped] # twilio ships no types

from notifiers.errors import Misconfigured, Unknown
from notifiers.gathered import Gathered
from notifiers.port import Accepted, Answer, Message, Reference, Verdict, digest
from notifiers.twilio_direct import TwilioDirect
from notifiers.twilio_line import NOT_FOUND, TwilioAccount, TwilioLine

_LISTED = 200
_SETTLED = {
    "delivered": Answer.DELIVERED,
    "read": Answer.DELIVERED,
    "failed": Answer.REFUSED,
    "undelivered": Answer.REFUSED,
    "canceled": Answer.REFUSED,
}


def _now() -> datetime:
    return datetime.now(UTC)


class SmsNotifier(Gathered):
    """The SMS channel; `text` is sent, subject and attachments are not.

    Codes: `twilio.<its error code>`, `twilio.http.<status>`, `twilio.connect`, `twilio.silence`,
    `twilio.connection.lost`, `twilio.garbled`, `tls.*`. Nothing is tried twice here.
    """

    channel = "sms"

    def __init__(self, account: TwilioAccount, now: Callable[[], datetime] = _now) -> None:
        super().__init__(account.concurrency)
        self._account = account
        self._now = now
        self._line = TwilioLine(account)
        self._direct = TwilioDirect(account, now) if account.direct else None

    async def send(self, message: Message) -> Accepted:
        """Send one SMS; see `Notifier.send`."""
        if self._direct is not None:
            return await self._direct.send(message)
        account = self._account
        made = await self._line.client.messages.create_async(
            to=message.to,
            body=message.text,
            from_=account.sender or values.unset,
            messaging_service_sid=account.messaging_service_sid or values.unset,
            status_callback=account.receipt_url(message.reference) or values.unset,
        )
        if not made.sid:
            raise Unknown("twilio.garbled")
        return Accepted(made.sid, self._now(), f"twilio.{made.status}")

    async def look_up(self, reference: Reference) -> Verdict:
        """Ask by the message's SID if it is known, else by number, text and time.

        A Message does not tell the callback it was created with. So without a SID the messages to the
        number since the attempt are listed, and the first one with the same text is the one; a reference
        without a digest of its text cannot tell it from another. Sent date is no filter: a queued message
        has none yet.
        """
        if reference.provider_ref:
            return await self._fetched(reference.provider_ref)
        since = reference.attempted_at - self._account.leeway
        listed = await self._line.client.messages.list_async(to=reference.to, limit=_LISTED, page_size=100)
        recent = [one for one in listed if one.date_created is not None and one.date_created >= since]
        if recent and not reference.text_digest:
            return Verdict(Answer.CANNOT_TELL, code="twilio.no_digest")
        same = [one for one in recent if digest(one.body or "") == reference.text_digest]
        if same:
            return _verdict(min(same, key=lambda one: one.date_created))
        return Verdict(Answer.NOT_FOUND, settled=self._settled(reference), code="twilio.not_listed")

    async def aclose(self) -> None:
        """Give back the connections."""
        if self._direct is not None:
            await self._direct.aclose()
        await self._line.aclose()

    async def _fetched(self, sid: str) -> Verdict:
        try:
            return _verdict(await self._line.client.messages(sid).fetch_async())
        except Misconfigured as error:
            if error.code != NOT_FOUND:
                raise
            # It has had this SID once, so it was taken; that it is gone does not mean it was not sent.
            return Verdict(Answer.CANNOT_TELL, provider_ref=sid, code=NOT_FOUND)

    def _settled(self, reference: Reference) -> bool:
        return self._now() - reference.attempted_at >= self._account.settle


def _verdict(found: Any) -> Verdict:  # noqa: ANN401 - twilio ships no types
    code = f"twilio.{found.error_code or found.status}"
    return Verdict(
        _SETTLED.get(str(found.status), Answer.ACCEPTED),
        provider_ref=found.sid,
        code=code,
        at=found.date_updated or found.date_created,
    )
