"""What workflows are started with and answer with: one model each, so that fields can be added later."""

from datetime import datetime, timedelta

from pydantic import Field

from domain.campaign import CampaignOrder, CampaignState
from domain.clock import ClockOrder, ClockState
from domain.done import done
from domain.facts import By, DutyKey, GradeAssessed
from domain.field_map import FieldMap
from domain.line import Instant, Line
from domain.material import Done
from domain.model import Value
from domain.orders import referral_order
from domain.organisation import Organisation
from domain.playbook import Alarms, Escalation, Notification
from domain.referral import ReferralOrder, ReferralState
from domain.state import Duty, Known, Referral, State
from domain.turn import Book

POLICE = "police"
# The answer of a run that is about to continue as new: the same update is for the next one.
MOVING = "moving"


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
    escalation: Escalation | None = None
    provisional_before: timedelta | None = None
    by: By = "report"
    drill: bool
    tells: bool = Field(default=False, description="records whom alarms reached; older clocks did not")
    sparing: bool = Field(default=False, description="sets only attributes that changed; older clocks all")
    rearmed_by: str = Field(default="", description="who started it again, after it was ended from outside")
    state: ClockState | None = None
    unwritten: tuple[Line, ...] = ()
    history_limit: int | None = None

    @property
    def plan(self) -> Alarms:
        """The playbook's alarms, as they were when the clock was started."""
        return Alarms(
            percents=self.percents,
            repeat=self.repeat,
            roles=self.roles,
            escalation=self.escalation,
            provisional_before=self.provisional_before,
        )


class Acknowledgement(Value):
    """Somebody answers for an alarm; without its number, for the last one."""

    by: str = Field(min_length=1, max_length=64, pattern=r"^[^\n]+$")
    alarm: int | None = Field(default=None, ge=1)


def clock_opening(
    state: State,
    duty: Duty,
    order: ClockOrder,
    plan: Alarms,
    *,
    rearmed: tuple[str, ClockState] | None = None,
) -> ClockOpening:
    """Write how a duty's clock starts; `rearmed` says by whom and from where, after it was ended."""
    return ClockOpening(
        incident=state.incident,
        key=duty.key,
        title=duty.title,
        authority=duty.key.authority,
        started_at=duty.terms.clock_start or state.opened_at or order.due_at,
        order=order,
        **plan.model_dump(),
        by=duty.by,
        drill=state.drill,
        tells=True,
        sparing=True,
        rearmed_by=rearmed[0] if rearmed else "",
        state=rearmed[1] if rearmed else None,
    )


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
    source: str = ""
    fields: FieldMap = FieldMap()
    plan: Notification
    order: CampaignOrder
    state: CampaignState | None = None


class Told(Value):
    """What a shard did: messages tried, and those that did not leave well."""

    tried: int = 0
    failed: int = 0


class ShardOpening(Value):
    """A shard's start: rows `first` to `last`, both included; a trial comes back to nobody who is put off."""

    telling: Telling
    plan: Notification
    first: int
    last: int
    held: bool = False
    trial: bool = False
    ahead: timedelta = timedelta()
    batches: int = 0
    told: Told = Told()


class ReferralOpening(Value):
    """A referral's start."""

    incident: str
    number: int
    authority: str
    form: str = POLICE
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


def referral_opening(state: State, referral: Referral, book: Book, now: datetime) -> ReferralOpening:
    """Write how a referral starts: on the playbook's own form for it, where it names one."""
    return ReferralOpening(
        incident=state.incident,
        number=referral.number,
        authority=referral.authority,
        form=book.playbook.forms.get("referral", POLICE),
        duties=tuple(state.duties[str(key)] for key in referral.duties),
        facts=state.facts,
        organisation=book.opening.organisation,
        grade=state.grade,
        opened_at=state.opened_at or now,
        severity=state.severity,
        steps=dict(state.steps),
        drill=state.drill,
        done=done(state),
        order=referral_order(state, referral),
    )
