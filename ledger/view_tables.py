"""The tables of the read models: one column per field of `domain.views`, rebuildable from the facts."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from domain.model import Value
from domain.views import CampaignView, ClockView, IncidentView, ReferralView
from ledger.tables import Name, metadata


def _key() -> tuple[Column[str], Column[int], Column[str]]:
    return (
        Column("stream", Name, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("incident", Name, nullable=False),
    )


incident_view = Table(
    "incident_view",
    metadata,
    *_key(),
    Column("phase", Text, nullable=False),
    Column("confirmed", Boolean),
    Column("severity", Integer, nullable=False),
    Column("category", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("follows", Text, nullable=False),
    Column("playbook", Text, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("aware_at", Text, nullable=False),
    Column("persons_affected", Text, nullable=False),
    Column("opened_at", Text),
    Column("closed_at", Text),
    Column("updated_at", Text),
    Column("open_duties", Integer, nullable=False),
    Column("next_due_at", Text),
    Column("duties", Text, nullable=False),
    sqlite_with_rowid=False,
)

clock_view = Table(
    "clock_view",
    metadata,
    *_key(),
    Column("key", Text, nullable=False),
    Column("started_at", Text),
    Column("due_at", Text),
    Column("legal", Boolean, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("overdue", Integer, nullable=False),
    Column("alarm", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    Column("filed_at", Text),
    Column("filed_channel", Text, nullable=False),
    Column("filed_as", Text, nullable=False),
    Column("lapsed_at", Text),
    Column("outcome", Text, nullable=False),
    Column("settled_at", Text),
    Column("updated_at", Text),
    sqlite_with_rowid=False,
)

campaign_view = Table(
    "campaign_view",
    metadata,
    *_key(),
    Column("number", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("unreachable", BigInteger, nullable=False),
    Column("channels", Text, nullable=False),
    Column("doing", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("merkle_root", Text, nullable=False),
    Column("settled_at", Text),
    Column("updated_at", Text),
    sqlite_with_rowid=False,
)

referral_view = Table(
    "referral_view",
    metadata,
    *_key(),
    Column("number", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("failed", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("received_at", Text),
    Column("updated_at", Text),
    sqlite_with_rowid=False,
)

# Which table holds which view, and which of its columns are JSON text.
VIEW_TABLES: dict[type[Value], tuple[Table, frozenset[str]]] = {
    IncidentView: (incident_view, frozenset({"aware_at", "persons_affected", "duties"})),
    ClockView: (clock_view, frozenset()),
    CampaignView: (campaign_view, frozenset({"channels", "counts"})),
    ReferralView: (referral_view, frozenset()),
}
COLUMNS: dict[type[Value], tuple[str, ...]] = {
    kind: tuple(column.name for column in table.columns) for kind, (table, _) in VIEW_TABLES.items()
}
