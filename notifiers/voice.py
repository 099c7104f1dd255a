"""Telephone calls that speak the message, through Twilio's Call resource."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from twilio.base import values  # type: ignore[import-untyped] # twilio ships no types
from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped] # as above

from notifiers.errors import Misconfigured, Refused, Unknown
from notifiers.gathered import Gathered
from notifiers.port import Accepted, Answer, Message, Reference, Verdict
from notifiers.twilio_line import NOT_FOUND, TwilioAccount, TwilioLine

_LISTED = 50
_LONGEST = 4000
"""Characters of TwiML that a request may carry."""

_SPOKEN = {"zh": "zh-CN", "en": "en-US"}
_SETTLED = {
    "completed": Answer.DELIVERED,
    "busy": Answer.REFUSED,
    "no-answer": Answer.REFUSED,
    "failed": Answer.REFUSED,
    "canceled": Answer.REFUSED,
}


def _now() -> datetime:
    return datetime.now(UTC)


class VoiceNotifier(Gathered):
    """The telephone channel: the text is spoken twice, in the message's language.

    `Accepted` means that the call is queued; whether somebody picked up is told by the receipt. Codes as
    for SMS, and `voice.too_long`.
    """

    channel = "voice"

    def __init__(self, account: TwilioAccount, now: Callable[[], datetime] = _now) -> None:
        super().__init__(account.concurrency)
        self._account = account
        self._now = now
        self._line = TwilioLine(account)

    async def send(self, message: Message) -> Accepted:
        """Call one number; see `Notifier.send`."""
        receipts = self._account.receipt_url(message.reference)
        made = await self._line.client.calls.create_async(
            to=message.to,
            from_=self._account.sender,
            twiml=spoken(message.text, message.language),
            status_callback=receipts or values.unset,
            status_callback_event=["completed"] if receipts else values.unset,
        )
        if not made.sid:
            raise Unknown("twilio.garbled")
        return Accepted(made.sid, self._now(), f"twilio.{made.status}")

    async def look_up(self, reference: Reference) -> Verdict:
        """Ask by the call's SID if it is known, else by number and time.

        A Call does not tell what was spoken, so two calls to one number since the attempt cannot be told
        apart: that is *cannot tell*.
        """
        if reference.provider_ref:
            return await self._fetched(reference.provider_ref)
        since = reference.attempted_at - self._account.leeway
        listed = await self._line.client.calls.list_async(to=reference.to, limit=_LISTED, page_size=_LISTED)
        recent = [one for one in listed if one.date_created is not None and one.date_created >= since]
        if len(recent) == 1:
            return _verdict(recent[0])
        if recent:
            return Verdict(Answer.CANNOT_TELL, code="twilio.several_calls")
        return Verdict(Answer.NOT_FOUND, settled=self._settled(reference), code="twilio.not_listed")

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._line.aclose()

    async def _fetched(self, sid: str) -> Verdict:
        try:
            return _verdict(await self._line.client.calls(sid).fetch_async())
        except Misconfigured as error:
            if error.code != NOT_FOUND:
                raise
            # It has had this SID once, so it was taken; that it is gone does not mean it was not sent.
            return Verdict(Answer.CANNOT_TELL, provider_ref=sid, code=NOT_FOUND)

    def _settled(self, reference: Reference) -> bool:
        return self._now() - reference.attempted_at >= self._account.settle


def spoken(text: str, language: str) -> str:
    """Write the TwiML that says a text twice.

    Raises:
        Refused: it is longer than a request may carry.

    """
    answer = VoiceResponse()
    answer.say(" ".join(text.split()), language=_SPOKEN.get(language, language), loop=2)
    twiml = str(answer)
    if len(twiml) > _LONGEST:
        raise Refused("voice.too_long", "the spoken text exceeds what a call request may carry")
    return twiml


def _verdict(found: Any) -> Verdict:  # noqa: ANN401 - twilio ships no types
    return Verdict(
        _SETTLED.get(str(found.status), Answer.ACCEPTED),
        provider_ref=found.sid,
        code=f"twilio.{found.status}",
        at=found.date_updated or found.date_created,
    )
