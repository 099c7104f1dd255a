"""The tables, as SQLAlchemy Core sees them; the migrations create them and a test compares both."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# Names order by their bytes on both databases, whatever the server's locale.
Name = Text().with_variant(Text(collation="C"), "postgresql")

# One key and no other index: `fact_id` is a function of (stream, version) and `hash` covers both, so
# whatever would break their uniqueness breaks this key first, and a random index would double the cost.
fact = Table(
    "fact",
    metadata,
    Column("stream", Name, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("fact_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint("length(hash) = 64", name="hash"),
    sqlite_with_rowid=False,
)

artefact = Table(
    "artefact",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
)

installation = Table(
    "installation",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
    CheckConstraint("one = 1", name="one"),
)

campaign = Table(
    "campaign",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("stream", Name, nullable=False, unique=True),
    Column("key_id", Text, nullable=False),
    Column("wrapped", LargeBinary),
    Column("created_at", Text, nullable=False),
    Column("destroyed_at", Text),
    Column("closed_at", Text),
)

# What never changes about a person in a campaign. Apart from `delivery`, so that counting and moving
# rows does not read and rewrite sealed addresses.
recipient = Table(
    "recipient",
    metadata,
    Column("campaign", Integer, ForeignKey("campaign.number"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("person", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

delivery = Table(
    "delivery",
    metadata,
    Column("campaign", Integer, ForeignKey("campaign.number"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("leg", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("provider_ref", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("possible_duplicate", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("not_before", Text, nullable=False, server_default=""),
    CheckConstraint(
        "state IN ('due','sending','unknown','sent','refused','bounced','unreachable','delivered')",
        name="state",
    ),
    sqlite_with_rowid=False,
)

rejected_row = Table(
    "rejected_row",
    metadata,
    Column("campaign", Integer, ForeignKey("campaign.number"), primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    sqlite_with_rowid=False,
)

late_receipt = Table(
    "late_receipt",
    metadata,
    Column("campaign", Integer, ForeignKey("campaign.number"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event", Text, primary_key=True),
    Column("leg", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("at", Text, nullable=False),
    sqlite_with_rowid=False,
)

pace = Table(
    "pace",
    metadata,
    Column("name", Text, primary_key=True),
    Column("free_at", Double, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source", Name, nullable=False),
    Column("delivery", Name, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("incidents", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    UniqueConstraint("source", "delivery"),
    CheckConstraint("status IN ('received','carried','quarantined','ignored')", name="status"),
)
Index(
    "ix_inbox_pending",
    inbox.c.id,
    sqlite_where=inbox.c.status == "received",
    postgresql_where=inbox.c.status == "received",
)

finding = Table(
    "finding",
    metadata,
    Column("source", Name, primary_key=True),
    Column("external", Name, primary_key=True),
    Column("revision", BigInteger),
    Column("inbox_id", BigInteger),
    Column("incident", Text),
    sqlite_with_rowid=False,
)
