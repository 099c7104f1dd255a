"""The first tables: facts, views, artefacts, keys, deliveries, inbox."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# The database's own clock, in the one form of an instant; SQLite's goes to the millisecond.
NOW = {
    "sqlite": "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))",
    "postgresql": """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}

# REPLACE deletes a row without asking a DELETE trigger, unless the connection wants it; `no_replace`
# refuses it on every connection.
TRIGGERS = {
    "sqlite": (
        (
            "CREATE TRIGGER fact_no_update BEFORE UPDATE ON fact"
            " BEGIN SELECT RAISE(ABORT, 'fact is append-only'); END"
        ),
        (
            "CREATE TRIGGER fact_no_delete BEFORE DELETE ON fact"
            " BEGIN SELECT RAISE(ABORT, 'fact is append-only'); END"
        ),
        (
            "CREATE TRIGGER fact_no_replace BEFORE INSERT ON fact"
            " WHEN EXISTS (SELECT 1 FROM fact WHERE stream = NEW.stream AND version = NEW.version)"
            " BEGIN SELECT RAISE(ABORT, 'fact is append-only'); END"
        ),
        (
            "CREATE TRIGGER artefact_no_update BEFORE UPDATE ON artefact"
            " BEGIN SELECT RAISE(ABORT, 'artefact is append-only'); END"
        ),
        (
            "CREATE TRIGGER artefact_no_delete BEFORE DELETE ON artefact"
            " BEGIN SELECT RAISE(ABORT, 'artefact is append-only'); END"
        ),
        (
            "CREATE TRIGGER artefact_no_replace BEFORE INSERT ON artefact"
            " WHEN EXISTS (SELECT 1 FROM artefact WHERE sha256 = NEW.sha256)"
            " BEGIN SELECT RAISE(ABORT, 'artefact is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        ),
        (
            "CREATE TRIGGER fact_no_change BEFORE UPDATE OR DELETE ON fact"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
        (
            "CREATE TRIGGER fact_no_truncate BEFORE TRUNCATE ON fact"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        ),
        (
            "CREATE TRIGGER artefact_no_change BEFORE UPDATE OR DELETE ON artefact"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
        (
            "CREATE TRIGGER artefact_no_truncate BEFORE TRUNCATE ON artefact"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        ),
    ),
}


def upgrade() -> None:
    """Create everything."""
    dialect = op.get_bind().dialect.name
    op.create_table(
        "artefact",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_artefact"),
    )
    op.create_table(
        "campaign",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stream", NAME, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("destroyed_at", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_campaign"),
        sa.UniqueConstraint("stream", name="uq_campaign_stream"),
    )
    op.create_table(
        "campaign_view",
        sa.Column("stream", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("unreachable", sa.BigInteger(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("merkle_root", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stream", name="pk_campaign_view"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "clock_view",
        sa.Column("stream", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("legal", sa.Boolean(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("lapsed_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stream", name="pk_clock_view"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact",
        sa.Column("stream", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), server_default=sa.text(NOW[dialect]), nullable=False),
        sa.CheckConstraint("length(hash) = 64", name="ck_fact_hash"),
        sa.CheckConstraint("version >= 1", name="ck_fact_version"),
        sa.PrimaryKeyConstraint("stream", "version", name="pk_fact"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        sa.Column("source", NAME, nullable=False),
        sa.Column("external", NAME, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("inbox_id", sa.BigInteger(), nullable=True),
        sa.Column("incident", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "external", name="pk_finding"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("delivery", NAME, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("incidents", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('received','carried','quarantined','ignored')", name="ck_inbox_status"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("source", "delivery", name="uq_inbox_source_delivery"),
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status = 'received'"),
        postgresql_where=sa.text("status = 'received'"),
    )
    op.create_table(
        "incident_view",
        sa.Column("stream", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("aware_at", sa.Text(), nullable=False),
        sa.Column("persons_affected", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.Column("open_duties", sa.Integer(), nullable=False),
        sa.Column("next_due_at", sa.Text(), nullable=True),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name="pk_incident_view"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "installation",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.CheckConstraint("one = 1", name="ck_installation_one"),
        sa.PrimaryKeyConstraint("one", name="pk_installation"),
    )
    op.create_table(
        "referral_view",
        sa.Column("stream", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("incident", NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("failed", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stream", name="pk_referral_view"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        sa.Column("campaign", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("possible_duplicate", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due','sending','unknown','sent','refused','bounced','unreachable','delivered')",
            name="ck_delivery_state",
        ),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.number"], name="fk_delivery_campaign"),
        sa.PrimaryKeyConstraint("campaign", "seq", name="pk_delivery"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "late_receipt",
        sa.Column("campaign", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.number"], name="fk_late_receipt_campaign"),
        sa.PrimaryKeyConstraint("campaign", "seq", "event", name="pk_late_receipt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recipient",
        sa.Column("campaign", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.number"], name="fk_recipient_campaign"),
        sa.PrimaryKeyConstraint("campaign", "seq", name="pk_recipient"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rejected_row",
        sa.Column("campaign", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.number"], name="fk_rejected_row_campaign"),
        sa.PrimaryKeyConstraint("campaign", "line", name="pk_rejected_row"),
        sqlite_with_rowid=False,
    )
    for statement in TRIGGERS[dialect]:
        op.execute(statement)
