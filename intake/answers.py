"""What the door answers: a code and one sentence for every refusal, the same words everywhere."""

from dataclasses import dataclass
from typing import Final

import orjson

Headers = tuple[tuple[bytes, bytes], ...]

_CLOSE: Final = (b"connection", b"close")
_JSON: Final = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, its headers and a JSON body, ready to be sent."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way of saying no: HTTP status, documented code, one sentence of what would be right."""

    status: int
    code: str
    sentence: str
    headers: Headers = ()

    def answer(self, *, unread: bool = False, **more: str) -> Answer:
        """Make the answer; `unread` closes the connection, because a body is still on its way."""
        headers = (*self.headers, _CLOSE) if unread else self.headers
        return answer(self.status, {"code": self.code, "sentence": self.sentence, **more}, headers)


class Denied(Exception):  # noqa: N818  the word a person would say
    """A request is refused here and now; `unread` when its body, or the rest of it, was not read."""

    def __init__(self, refusal: Refusal, *, unread: bool = False) -> None:
        super().__init__(refusal.code)
        self.answer = refusal.answer(unread=unread)
        self.unread = unread


def answer(status: int, value: object, headers: Headers = ()) -> Answer:
    """Make a JSON answer."""
    body = orjson.dumps(value)
    return Answer(status, (_JSON, (b"content-length", b"%d" % len(body)), *headers), body)


BAD_SIGNATURE: Final = Refusal(
    401,
    "bad_signature",
    "The signature does not prove this body: sign its raw bytes with an active secret, and send it within"
    " five minutes of its timestamp.",
    ((b"www-authenticate", b"Signature"),),
)
BAD_TOKEN: Final = Refusal(
    401,
    "bad_token",
    "The bearer token is none of this door's; send one of TOCSIN_EMAIL__RECEIPT_TOKENS.",
    ((b"www-authenticate", b"Bearer"),),
)
UNKNOWN_SOURCE: Final = Refusal(
    404, "unknown_source", "No source of this name may send alerts here; see the sources in the settings."
)
UNKNOWN_DELIVERY: Final = Refusal(
    404, "unknown_delivery", "No delivery has this id; ask with the id that the door gave when it took it in."
)
UNKNOWN_REFERENCE: Final = Refusal(
    404, "unknown_reference", "No message has this reference; nothing was changed."
)
UNKNOWN_PATH: Final = Refusal(404, "unknown_path", "There is nothing here; alerts go to /alerts/{source}.")
POST_ONLY: Final = Refusal(
    405, "method_not_allowed", "Send alerts and receipts with POST.", ((b"allow", b"POST"),)
)
GET_ONLY: Final = Refusal(
    405, "method_not_allowed", "This is only to be read with GET.", ((b"allow", b"GET"),)
)
SLOW_BODY: Final = Refusal(
    408, "slow_body", "The body did not arrive within fifteen seconds; nothing was stored, send it again."
)
OTHER_BODY: Final = Refusal(
    409,
    "conflict",
    "Another body came before with this webhook-id; both are kept, this one for a person to look at."
    " Give each message an id of its own.",
)
TOO_LARGE: Final = Refusal(
    413, "too_large", "The body is larger than this source's limit; send fewer findings at a time."
)
COMPRESSED: Final = Refusal(
    415, "compressed", "The body is compressed, which is not taken here; send it as it is."
)
MALFORMED_RECEIPT: Final = Refusal(
    400, "malformed_receipt", "The receipt does not say what became of which message; nothing was changed."
)
UNAVAILABLE: Final = Refusal(
    503,
    "unavailable",
    "The delivery cannot be stored just now and was not; send it again after the time in Retry-After.",
    ((b"retry-after", b"5"),),
)
