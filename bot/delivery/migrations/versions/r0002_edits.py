"""The journal of edits. Only a table is added, so the version before keeps working beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "edits",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("base", sa.String(64)),
        sa.Column("written_at", moment, nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("tried_at", moment),
        sa.Column("last_error", sa.Text()),
        sa.Column("outcome", sa.String(16)),
        sa.Column("settled_at", moment),
        sa.PrimaryKeyConstraint("number", name="pk_edits"),
        sa.UniqueConstraint("id", name="uq_edits_id"),
    )
    op.create_index("ix_edits_outcome", "edits", ["outcome"])
