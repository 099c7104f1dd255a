"""What ends a duty: never a sending, always something the other side or the record gave back."""

from typing import Literal

from domain.line import Instant
from domain.model import Value

Means = Literal["report", "notification", "referral", "plan", "record"]


class Evidence(Value):
    """Proof that a duty was done: who says so, when, by which number or hash."""

    means: Means
    reference: str
    number: str = ""
    sha256: str = ""
    channel: str = ""
    at: Instant
    by: str
