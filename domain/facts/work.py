"""Facts of what is sent out: reports, notifications, announcements, referrals."""

from typing import Literal

from pydantic import Field

from domain.facts.words import DutyKey, Filing, Picture, Stage
from domain.field_map import FieldMap
from domain.line import Instant
from domain.model import Happened


class ReportRequested(Happened):
    """A report is to be drawn up from the facts as they stand."""

    report: int
    form: str
    stage: Stage
    duties: tuple[DutyKey, ...]
    follows: int = Field(default=0, description="the filed report that it follows on; 0 for none")


class ReportDrafted(Happened):
    """The report's content is frozen under its hash; `missing` names the fields without a fact.

    `pending` names those that a first report may leave to a supplement.
    """

    report: int
    sha256: str
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


class ReportFailed(Happened):
    """The report could not be drawn up; it may be drafted again."""

    report: int
    code: str


class ReportFiled(Happened):
    """Two persons sent this content on its way; sending is not filing until the receipt comes."""

    report: int
    channel: Filing
    authority: str
    sha256: str
    approved_by: str


class FilingSent(Happened):
    """The report left by e-mail and the receiving server took it."""

    report: int
    code: str


class FilingFailed(Happened):
    """The report could not be sent, or nobody can tell; it must be filed by hand."""

    report: int
    code: str


class ReceiptRecorded(Happened):
    """The authority's receipt for a report."""

    report: int
    number: str
    received_at: Instant
    channel: Filing
    sha256: str = ""


class NotificationRequested(Happened):
    """An audience is to be frozen and counted."""

    campaign: int
    audience: str = Field(description="where the list lies, as the workers see it; never an address")
    sha256: str = Field(description="of the list's bytes")
    message: str = Field(description="id of the message in the playbook")
    duties: tuple[DutyKey, ...]
    source: str = Field(default="", description="database that the list's query is put to")
    fields: FieldMap = Field(default=FieldMap(), description="which column is which field")


class NotificationPlanned(Happened):
    """The audience is frozen: so many people, over these channels."""

    campaign: int
    sha256: str
    total: int
    rejected: int
    broken: int = 0
    unreachable: int
    channels: dict[str, int]
    unguarded: int = 0


class NotificationFailed(Happened):
    """The audience could not be frozen; the plan must be made again."""

    campaign: int
    code: str


class NotificationStarted(Happened):
    """Two persons let the messages go."""

    campaign: int
    sha256: str
    approved_by: str


class NotificationPaused(Happened):
    """No further message leaves until it is resumed."""

    campaign: int
    reason: str = ""


class NotificationResumed(Happened):
    """Messages leave again."""

    campaign: int


class NotificationStopped(Happened):
    """No further message leaves, for good; who was not told is told otherwise, or in public."""

    campaign: int
    reason: str


class NotificationSettled(Happened):
    """Everyone was told or counted: the rows' counts and the Merkle root over them."""

    campaign: int
    counts: dict[str, int]
    merkle_root: str


class ToldByHand(Happened):
    """People whom a counted campaign did not reach were told by hand; a sealed list says who and when."""

    campaign: int
    means: Literal["telephone", "letter", "in_person"]
    told: int
    sha256: str
    approved_by: str


class AnnouncementRequested(Happened):
    """A public announcement is to be drawn up."""

    announcement: int
    duties: tuple[DutyKey, ...]


class AnnouncementRevised(Happened):
    """A version is to be drawn up that corrects a published announcement or withdraws it; `zh`, `en`: why."""

    announcement: int
    follows: int
    standing: Literal["corrected", "withdrawn"]
    duties: tuple[DutyKey, ...]
    zh: str
    en: str


class AnnouncementDrafted(Happened):
    """The announcement's content is frozen under its hash."""

    announcement: int
    sha256: str


class AnnouncementReleased(Happened):
    """Two persons let the announcement out."""

    announcement: int
    sha256: str
    approved_by: str


class AnnouncementPublished(Happened):
    """The page and the feed are public."""

    announcement: int
    sha256: str
    path: str


class AnnouncementVerified(Happened):
    """Somebody fetched the page through its public address, and saw the very bytes that were published.

    `pictures` show how a browser draws them.
    """

    announcement: int
    url: str
    sha256: str
    pictures: tuple[Picture, ...] = ()


class AnnouncementFailed(Happened):
    """The announcement could not be drawn up or published; it may be tried again."""

    announcement: int
    code: str


class ReferralRequested(Happened):
    """A report to the police is to be drawn up."""

    referral: int
    authority: str
    duties: tuple[DutyKey, ...]


class ReferralDrafted(Happened):
    """The police report's content is frozen under its hash."""

    referral: int
    sha256: str
    missing: tuple[str, ...] = ()


class ReferralFiled(Happened):
    """Two persons sent the police report on its way."""

    referral: int
    channel: Filing
    sha256: str
    approved_by: str


class ReferralFailed(Happened):
    """The police report could not be drawn up or sent; it may be tried again or filed by hand."""

    referral: int
    code: str


class ReferralReceiptRecorded(Happened):
    """The police's receipt, 报案回执."""

    referral: int
    number: str
    received_at: Instant
    sha256: str = ""
