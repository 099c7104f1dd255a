"""What a list of clocks says of alarms and filings; `tocsin ledger rebuild` fills it for older clocks."""

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for name in ("alarm", "level"):
        op.add_column("clock_view", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    for name in ("acknowledged_by", "filed_channel", "filed_as"):
        op.add_column("clock_view", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("clock_view", sa.Column("filed_at", sa.Text(), nullable=True))
