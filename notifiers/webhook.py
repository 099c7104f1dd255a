"""Messages to an address that takes JSON: `{"reference", "subject", "text", "language"}`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

from notifiers.errors import Misconfigured
from notifiers.gathered import Gathered
from notifiers.http_line import Address, HttpLine
from notifiers.port import Accepted, Answer, Message, Reference, Verdict


def _now() -> datetime:
    return datetime.now(UTC)


class WebhookNotifier(Gathered):
    """The webhook channel; a message's `to` names nothing, for the address is the channel's own.

    With a `secret` (`whsec_…`) each call carries a Standard Webhooks signature whose id is the message's
    reference. Codes: those of `HttpLine`, and `http.secret`. A webhook has no memory to look into.

    Raises:
        Misconfigured: on construction, for an address, a secret or a CA file that cannot serve.

    """

    channel = "webhook"

    def __init__(self, address: Address, secret: str = "", now: Callable[[], datetime] = _now) -> None:
        super().__init__(1)
        self._signer = _signer(secret)
        self._line = HttpLine(address)
        self._now = now

    async def send(self, message: Message) -> Accepted:
        """Post one message; see `Notifier.send`."""
        body = json.dumps(
            {
                "reference": message.reference,
                "subject": message.subject,
                "text": message.text,
                "language": message.language,
            },
            ensure_ascii=False,
        )
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self._signer is not None:
            at = self._now()
            headers |= {
                "webhook-id": message.reference,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": self._signer.sign(message.reference, at, body),
            }
        status = await self._line.post(body.encode(), headers)
        return Accepted(message.reference, self._now(), f"http.{status}")

    async def look_up(self, reference: Reference) -> Verdict:  # noqa: ARG002 - a webhook cannot be asked
        """Say that a webhook cannot be asked."""
        return Verdict(Answer.CANNOT_TELL, code="http.no_memory")

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._line.aclose()


def _signer(secret: str) -> Signer | None:
    if not secret:
        return None
    try:
        return Signer(secret)
    except (ValueError, RuntimeError):
        raise Misconfigured("http.secret", "a signing secret is whsec_ and base64") from None
