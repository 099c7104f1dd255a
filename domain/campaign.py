"""A notification campaign: an audience frozen, told in batches, counted, and proven by one root."""

from datetime import timedelta
from typing import Literal, assert_never

from pydantic import Field

from domain.groups import Group
from domain.model import Happened, Value

RowState = Literal["due", "sending", "sent", "refused", "unknown", "delivered", "bounced", "unreachable"]


class AudienceFrozen(Happened):
    """The list became delivery rows 1..`total`; broken rows were set aside."""

    sha256: str
    total: int
    rejected: int
    broken: int = Field(default=0, description="of those, rows that may stand for somebody untold")
    unreachable: int
    channels: dict[str, int]
    case_sha256: str = Field(
        default="", description="of the facts and the organisation that the messages are filled with"
    )
    list_sha256: str = Field(
        default="",
        description="what stands for the list in `sha256`: hash, mapping, people; empty: its hash alone",
    )
    groups: tuple[Group, ...] = Field(
        default=(), description="people by route, language, kind, country, mail domain"
    )
    kinds: dict[str, int] = Field(
        default_factory=dict, description="people by kind: individual, minor, guardian, organisation"
    )
    unguarded: int = Field(default=0, description="minors of whom no guardian is known, told or not")


class CampaignStarted(Happened):
    """The first batch may leave."""


class CampaignPaused(Happened):
    """No further batch leaves."""

    reason: str = ""


class CampaignResumed(Happened):
    """Batches leave again."""


class CampaignStopped(Happened):
    """No further message leaves, for good; what left is waited for, then everybody is counted."""

    reason: str = ""


class CanaryPassed(Happened):
    """The first few messages went well enough to go on."""

    tried: int
    failed: int


class CampaignDropped(Happened):
    """The incident was closed before a message left."""


class CampaignSettled(Happened):
    """The end: counts by state, which add up to the audience, and the Merkle root over the rows."""

    counts: dict[str, int]
    merkle_root: str


CampaignBody = (
    AudienceFrozen
    | CampaignStarted
    | CampaignPaused
    | CampaignResumed
    | CampaignStopped
    | CanaryPassed
    | CampaignDropped
    | CampaignSettled
)
Wanted = Literal["planned", "running", "paused", "stopped", "ended"]


class CampaignOrder(Value):
    """What the incident wants of a campaign now; the same order twice changes nothing."""

    wanted: Wanted
    reason: str = ""
    holds: int = Field(default=0, description="holds the incident knows of; an older word resumes nothing")
    offset: timedelta = Field(default=timedelta(), description="a drill's advance over the wall clock")


class CampaignState(Value):
    """Where one campaign stands; the fold of its stream."""

    stream: str
    version: int = 0
    audience: AudienceFrozen | None = None
    doing: Wanted = "planned"
    holds: int = 0
    started: bool = False
    canary: bool = False
    settled: CampaignSettled | None = None

    @property
    def over(self) -> bool:
        """Say whether nothing more will be sent."""
        return self.settled is not None or self.doing == "ended"


def obey(state: CampaignState, order: CampaignOrder) -> tuple[CampaignBody, ...]:
    """Decide what an order changes; one that was given before the last hold does not lift it."""
    wanted = order.wanted
    if state.over or state.doing == "stopped" or wanted in {"planned", state.doing}:
        return ()
    if wanted == "stopped":
        # Whatever hold it knows of: who stops a campaign means it.
        return (CampaignStopped(reason=order.reason),) if state.started else ()
    older = state.doing == "paused" and order.holds < state.holds
    if older or (state.audience is None and wanted != "ended"):
        return ()
    if wanted == "ended":
        return () if state.started else (CampaignDropped(),)
    if wanted == "paused":
        return (CampaignPaused(reason=order.reason),)
    return (CampaignResumed(),) if state.started else (CampaignStarted(),)


def evolve_campaign(state: CampaignState, body: CampaignBody, version: int) -> CampaignState:
    """Fold one fact of the campaign's stream."""
    changes: dict[str, object]
    match body:
        case AudienceFrozen():
            changes = {"audience": body}
        case CampaignStarted():
            changes = {"doing": "running", "started": True}
        case CampaignResumed():
            changes = {"doing": "running"}
        case CampaignPaused():
            changes = {"doing": "paused", "holds": state.holds + 1}
        case CampaignStopped():
            changes = {"doing": "stopped"}
        case CampaignDropped():
            changes = {"doing": "ended"}
        case CanaryPassed():
            changes = {"canary": True}
        case CampaignSettled():
            changes = {"settled": body}
        case _ as never:
            assert_never(never)
    return state.model_copy(update={**changes, "version": version})


def stretches(first: int, last: int, size: int) -> tuple[tuple[int, int], ...]:
    """Cut rows `first`..`last` into ranges of at most `size` rows, both ends included."""
    return tuple((start, min(start + size - 1, last)) for start in range(first, last + 1, size))


def shards(total: int, size: int, most: int) -> tuple[tuple[int, int], ...]:
    """Cut rows 1..`total` into at most `most` ranges, both ends included.

    A range holds `size` rows, or the least multiple of it with which they are not more than `most`.
    """
    return stretches(1, total, size * max(1, -(-total // (size * most))))
