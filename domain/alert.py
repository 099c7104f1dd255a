"""What a SIEM told us, with nothing in it that names a person, a host or a file."""

from typing import Literal

from pydantic import Field

from domain.line import Instant
from domain.model import Value


class Alert(Value):
    """One finding, as Temporal and the ledger may see it; the raw body stays in the inbox."""

    source: str
    inbox: str = Field(description="id of the inbox row that holds the sealed body")
    finding: str = Field(description="keyed hash of the source's own id of the finding")
    revision: int = Field(default=0, description="rises with the source's changes of one finding")
    correlation: str = Field(description="keyed hash by which findings join one incident")
    category: str = Field(default="unclassified", description="the adapter's class of what was found")
    severity: int = Field(ge=1, le=5, description="1 info, 2 low, 3 medium, 4 high, 5 critical")
    observed_at: Instant
    received_at: Instant


class ByHand(Value):
    """Who opened a case without an alert, on what basis: a call, a complaint, an auditor's letter."""

    operator: str = Field(min_length=1, max_length=64)
    basis: str = Field(min_length=1, max_length=2000)
    kind: Literal["incident", "vulnerability"] = "incident"
    linked_to: str = ""


class Observation(Value):
    """One delivery's findings for one incident, folded into a single update."""

    alerts: tuple[Alert, ...] = Field(min_length=1)
    by_hand: ByHand | None = None
