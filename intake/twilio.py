"""Twilio's status callbacks: proven by their signature, then taken as a receipt of one row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import (  # type: ignore[import-untyped]  # it ships no types
    RequestValidator,
    get_signature_algorithm,
)

from ledger.port import DeliveryState, Receipt

MOST_FIELDS: Final = 200

_MESSAGE: Final = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.BOUNCED,
    "failed": DeliveryState.REFUSED,
    "canceled": DeliveryState.REFUSED,
}
_CALL: Final = {
    "in-progress": DeliveryState.SENT,
    "completed": DeliveryState.DELIVERED,
    "busy": DeliveryState.BOUNCED,
    "no-answer": DeliveryState.BOUNCED,
    "failed": DeliveryState.REFUSED,
    "canceled": DeliveryState.REFUSED,
}
# On its way and nothing decided: taken note of by saying so, but no receipt.
_ON_ITS_WAY: Final = frozenset(
    {"accepted", "queued", "scheduled", "sending", "initiated", "ringing", "receiving", "received"}
)


class NoReceipt(ValueError):  # noqa: N818  a form that says nothing about a message
    """The form does not say what became of which message."""


class Callback:
    """One callback's form; Twilio signs its address together with every field."""

    def __init__(self, body: bytes) -> None:
        try:
            fields = parse_qsl(
                body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
            )
        except ValueError:
            raise NoReceipt from None
        self._fields: ImmutableMultiDict[str, str] = ImmutableMultiDict(fields)

    def proven(self, url: str, signature: str, settings: str, tokens: Sequence[str]) -> bool:
        """Say whether a holder of one of the tokens signed this form for this address."""
        algorithm = get_signature_algorithm(settings)
        proven = False
        for token in tokens:
            proven |= RequestValidator(token).validate(url, self._fields, signature, algorithm)
        return proven

    def receipt(self, reference: str, at: datetime) -> Receipt | None:
        """Read what became of the message; None while it is on its way.

        Raises:
            NoReceipt: there is no id or no status that Twilio documents.

        """
        message, call = self._fields.get("MessageSid", ""), self._fields.get("CallSid", "")
        states = _MESSAGE if message else _CALL
        status = self._fields.get("MessageStatus" if message else "CallStatus", "").lower()
        if not (message or call):
            raise NoReceipt
        if status in _ON_ITS_WAY:
            return None
        state = states.get(status)
        if state is None:
            raise NoReceipt
        if not message and self._fields.get("AnsweredBy", "human").startswith(("machine", "fax")):
            # A machine took the call: it was made, and nobody is known to have heard it.
            state = DeliveryState.SENT
        return Receipt(
            reference=reference,
            state=state,
            event_id=f"{message or call}:{status}"[:80],
            at=at,
            code=self._code(),
            provider_ref=(message or call)[:40],
        )

    def _code(self) -> str:
        code = self._fields.get("ErrorCode", "")
        return f"twilio.{code}" if code.isascii() and code.isdecimal() and len(code) <= len("99999") else ""
