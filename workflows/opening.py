"""What workflows are started with and answer with: one model each, so that fields can be added later."""

from datetime import timedelta

from pydantic import Field

from domain.campaign import CampaignOrder, CampaignState
from domain.clock import ClockOrder, ClockState
from domain.facts import DutyKey, GradeAssessed
from domain.line import Instant, Line
from domain.material import Done
from domain.model import Value
from domain.organisation import Organisation
from domain.playbook import Notification
from domain.referral import ReferralOrder, ReferralState
from domain.state import Duty, Known, State
from domain.turn import Book


class Opening(Value):
    """An incident's start: its book, and its whole state when it continues as new."""

    incident: str
    book: Book
    state: State | None = None
    history_limit: int | None = Field(
        default=None, description="continue as new after so many events (tests)"
    )


class Receipt(Value):
    """The answer to a command: the facts it made; none when it had been taken before."""

    version: int
    lines: tuple[Line, ...]


class Preview(Value):
    """What a command would do now: its facts, which nobody wrote, or the refusal it would meet."""

    version: int
    lines: tuple[Line, ...] = ()
    code: str = ""
    sentence: str = ""


class ClockOpening(Value):
    """A clock's start."""

    incident: str
    key: DutyKey
    title: str
    authority: str
    started_at: Instant
    order: ClockOrder
    percents: tuple[int, ...]
    repeat: timedelta
    roles: tuple[str, ...]
    drill: bool
    state: ClockState | None = None
    unwritten: tuple[Line, ...] = ()
    history_limit: int | None = None


class Telling(Value):
    """What a campaign and its shards need to send: never a name or an address."""

    campaign: str
    incident: str
    message: str
    drill: bool
    facts: dict[str, Known]
    organisation: Organisation


class CampaignOpening(Value):
    """A campaign's start."""

    number: int
    telling: Telling
    audience: str
    sha256: str
    plan: Notification
    order: CampaignOrder
    state: CampaignState | None = None


class Told(Value):
    """What a shard did: messages tried, and those that did not leave well."""

    tried: int = 0
    failed: int = 0


class ShardOpening(Value):
    """A shard's start: rows `first` to `last`, both included."""

    telling: Telling
    plan: Notification
    first: int
    last: int
    held: bool = False
    batches: int = 0
    told: Told = Told()


class ReferralOpening(Value):
    """A referral's start."""

    incident: str
    number: int
    authority: str
    duties: tuple[Duty, ...]
    facts: dict[str, Known]
    organisation: Organisation
    grade: GradeAssessed | None
    opened_at: Instant
    severity: int
    steps: dict[str, str]
    drill: bool
    done: Done = Done()
    order: ReferralOrder
    state: ReferralState | None = None
