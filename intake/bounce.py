"""What a mail server or a provider reports by mail: a delivery report, or a complaint.

RFC 3464 (delivery status), RFC 6533 (the same with letters beyond ASCII), RFC 5965 (feedback reports). Only
structured fields are read, never prose. Which message is meant is found in the envelope id that we sent
along (RFC 3461), in the address that the report came to, and in the header of the message it returns.
"""

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from typing import Final

from ledger.port import DeliveryState

MOST_BYTES: Final = 1_048_576
MOST_PARTS: Final = 40
MOST_RECIPIENTS: Final = 100

# A row's reference as it stands in a Message-ID, behind a plus in an address, or alone as an envelope id.
_REFERENCE: Final = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{50}(?![0-9A-Za-z])")
_STATUS: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_PART: Final = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_WORD: Final = re.compile(r"[a-z-]{1,30}")
_STATES: Final = {
    "failed": DeliveryState.BOUNCED,
    "relayed": DeliveryState.SENT,
    "expanded": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
}
_RANK: Final = list(DeliveryState)
_REPORTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED: Final = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
)
_TO: Final = ("to", "delivered-to", "x-original-to", "envelope-to")
_THREAD: Final = ("in-reply-to", "references")


class NoBounce(ValueError):  # noqa: N818  a mail that says nothing about a message
    """This mail is set aside; `code` says why, and nothing of what the mail said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report says; `state` is None where nothing is decided yet, as for a delay.

    `references` are all that may name the row, the surest first; `event` is the same for the same mail.
    """

    references: tuple[str, ...]
    state: DeliveryState | None
    code: str
    event: str


def read(raw: bytes) -> Bounce:
    """Read a mail as a report on one of our messages.

    Raises:
        NoBounce: it is too large, too nested, not a report, or names no message.

    """
    if len(raw) > MOST_BYTES:
        raise NoBounce("bounce.too_large")
    if len(_PART.findall(raw)) > MOST_PARTS:
        # Parsing goes down into every part, and a mail can nest as deep as it is long.
        raise NoBounce("bounce.too_nested")
    try:
        return _read(email.message_from_bytes(raw, policy=policy.compat32), raw)
    except NoBounce:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The parser's own complaints about a mail that was made to hurt; their words may quote it.
        raise NoBounce("bounce.garbled") from None


def _read(mail: Message, raw: bytes) -> Bounce:
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        raise NoBounce("bounce.no_report")
    reports = [part for part in mail.walk() if part.get_content_type() in _REPORTS]
    complaints = [part for part in mail.walk() if part.get_content_type() == "message/feedback-report"]
    found: tuple[DeliveryState | None, str] | None = None
    envelope: list[str] = []
    if reports:
        blocks = list(_blocks(reports[0]))
        envelope = [str(block.get("original-envelope-id", "")) for block in blocks[:1]]
        found = _delivered(blocks)
    elif complaints:
        found = _complained(list(_blocks(complaints[0])))
    if found is None:
        raise NoBounce("bounce.no_report")
    references = _references(envelope, mail)
    if not references:
        raise NoBounce("bounce.no_reference")
    return Bounce(references, *found, event=hashlib.sha256(raw).hexdigest()[:32])


def _delivered(blocks: list[Message]) -> tuple[DeliveryState | None, str] | None:
    """Judge all recipients as one: a message that was forwarded to several arrived if it did for any."""
    best: tuple[DeliveryState | None, str] | None = None
    for block in blocks[:MOST_RECIPIENTS]:
        action = _word(block, "action")
        if action not in {*_STATES, "delayed"}:
            continue
        status = _STATUS.search(str(block.get("status", "")))
        code = f"dsn.{status.group()}" if status else f"dsn.{action}"
        state = _STATES.get(action)
        if best is None or _above(state, best[0]):
            best = (state, code)
    return best


def _complained(blocks: list[Message]) -> tuple[DeliveryState | None, str] | None:
    """Take a complaint for what it proves: the message reached its person."""
    kind = _word(blocks[0], "feedback-type") if blocks else ""
    if not _WORD.fullmatch(kind):
        return None
    return (None if kind == "not-spam" else DeliveryState.DELIVERED), f"arf.{kind}"


def _above(state: DeliveryState | None, other: DeliveryState | None) -> bool:
    return state is not None and (other is None or _RANK.index(state) > _RANK.index(other))


def _word(block: Message, name: str) -> str:
    return str(block.get(name, "")).partition(";")[0].strip().lower()


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields of a report: the parser cuts one kind of report itself, and not the others."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        yield from _cut(payload if isinstance(payload, str) else "")
        return
    for block in payload[: MOST_RECIPIENTS + 1]:
        if isinstance(block, Message):
            yield block
            rest = block.get_payload()
            yield from _cut(rest if isinstance(rest, str) else "")


def _cut(text: str) -> Iterator[Message]:
    for block in re.split(r"\r?\n[ \t]*\r?\n", text)[: MOST_RECIPIENTS + 1]:
        if block.strip():
            yield email.message_from_string(block.strip() + "\n", policy=policy.compat32)


def _references(envelope: list[str], mail: Message) -> tuple[str, ...]:
    places = [*envelope, *_values(mail, _TO), *(value for part in mail.walk() for value in _returned(part))]
    places += _values(mail, _THREAD)
    # A dict keeps the first place of each, which is the surest.
    return tuple(dict.fromkeys(found for place in places for found in _REFERENCE.findall(place)))[:8]


def _values(mail: Message, names: tuple[str, ...]) -> list[str]:
    return [str(value) for name in names for value in mail.get_all(name, [])]


def _returned(part: Message) -> Iterator[str]:
    """The Message-ID of the message that came back, whole or its header alone."""
    if part.get_content_type() not in _RETURNED:
        return
    payload = part.get_payload()
    if isinstance(payload, list):
        heads = [one for one in payload if isinstance(one, Message)]
    else:
        text = part.get_payload(decode=True)
        heads = [email.message_from_bytes(text, policy=policy.compat32)] if isinstance(text, bytes) else []
    for head in heads:
        yield from _values(head, ("message-id",))
