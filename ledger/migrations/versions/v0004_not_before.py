"""Before when a row is not to be tried again, because a mail server put it off."""

import sqlalchemy as sa
from alembic import op

revision = "v0004"
down_revision = "v0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; every row that stands may be tried at once."""
    op.add_column("delivery", sa.Column("not_before", sa.Text(), nullable=False, server_default=""))
