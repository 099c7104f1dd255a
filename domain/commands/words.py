"""What an incident is told by its own parts."""

from typing import Annotated, Literal

from pydantic import Field

from domain.campaign import AudienceFrozen, CampaignSettled
from domain.facts import DutyKey
from domain.line import Instant
from domain.model import Value


class ClockLapsedWord(Value):
    """A clock says that it passed its deadline."""

    word: Literal["clock_lapsed"] = "clock_lapsed"
    key: DutyKey
    at: Instant


class AudienceWord(Value):
    """A campaign says that its audience is frozen, or why it is not."""

    word: Literal["audience"] = "audience"
    campaign: int
    frozen: AudienceFrozen | None = None
    code: str = ""


class CampaignHeldWord(Value):
    """A campaign says that it held itself."""

    word: Literal["campaign_held"] = "campaign_held"
    campaign: int
    reason: str


class CampaignWord(Value):
    """A campaign says that it ended."""

    word: Literal["campaign"] = "campaign"
    campaign: int
    settled: CampaignSettled


class DossierWord(Value):
    """A referral says that its dossier is drawn up, or why something failed."""

    word: Literal["dossier"] = "dossier"
    referral: int
    sha256: str = ""
    missing: tuple[str, ...] = ()
    code: str = ""


class ClockArmedWord(Value):
    """The incident started clocks."""

    word: Literal["clock_armed"] = "clock_armed"
    keys: tuple[DutyKey, ...]


class ClockLostWord(Value):
    """The incident found clocks ended that nothing had settled."""

    word: Literal["clock_lost"] = "clock_lost"
    keys: tuple[DutyKey, ...]


class StepWord(Value):
    """An action answered."""

    word: Literal["step"] = "step"
    step: str
    ok: bool
    undo: bool = False
    code: str = ""
    attempt: int = Field(default=0, description="which call answered, counted from 1; 0 where nobody counted")


class ReportWord(Value):
    """A report was drawn up, or why not (`code`)."""

    word: Literal["report"] = "report"
    report: int
    sha256: str = ""
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    code: str = ""


class FilingWord(Value):
    """A report left by e-mail, or did not."""

    word: Literal["filing"] = "filing"
    report: int
    ok: bool
    code: str


class AnnouncementWord(Value):
    """An announcement was drawn up (`path` empty) or published, or why not (`code`)."""

    word: Literal["announcement"] = "announcement"
    announcement: int
    sha256: str = ""
    path: str = ""
    code: str = ""


Word = Annotated[
    ClockLapsedWord
    | AudienceWord
    | CampaignHeldWord
    | CampaignWord
    | DossierWord
    | ClockArmedWord
    | ClockLostWord
    | StepWord
    | ReportWord
    | FilingWord
    | AnnouncementWord,
    Field(discriminator="word"),
]


class Heard(Value):
    """What the incident's own parts report to it; the actor is `system:<component>`."""

    component: str
    word: Word
