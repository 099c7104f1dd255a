"""The words that facts and commands share."""

from typing import Literal

from pydantic import Field

from domain.line import Instant
from domain.model import Value

Answer = Literal["owed", "unknown", "not_owed"]


Stage = Literal["initial", "supplement", "update", "final"]


Filing = Literal["email", "portal", "hotline", "fax", "mini_program", "in_person"]


StepMove = Literal["start", "done", "failed", "undo", "skip"]


class Approval(Value):
    """One person's agreement to one content; another content needs another agreement."""

    subject: str
    sha256: str
    operator: str


class Proof(Value):
    """How the acting person was proven; `none` is recorded as what it is."""

    kind: Literal["none"] = "none"


class Picture(Value):
    """A picture that a browser took of a public page, in a window of so many CSS pixels; the PNG is kept."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the PNG")
    width: int = Field(ge=1)
    height: int = Field(ge=1, description="of the window; the picture is as high as the page")
    browser: str = Field(max_length=100, description="its name and version")
    at: Instant


class DutyKey(Value):
    """One duty towards one authority, for the n-th time."""

    duty: str
    authority: str
    n: int = Field(default=1, ge=1)

    def __str__(self) -> str:
        """Write the key as it stands in stream names: `duty/authority/n`."""
        return f"{self.duty}/{self.authority}/{self.n}"


class DutyTerms(Value):
    """What the assessment says of a duty now."""

    answer: Answer
    reason: str
    clock_start: Instant | None = None
    due_at: Instant | None = None
    legal: bool = Field(default=False, description="the deadline is the law's, not an internal target")
    waiting_on: str | None = Field(
        default=None, description="the instant its clock waits for, unrecorded yet"
    )
    blocked: bool = Field(default=False, description="ordinary channels are barred: secrets are suspected")
