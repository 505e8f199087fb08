"""What sources said last, by oid and ETag, so that no pass asks twice for what has not changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table more; nothing that is there is touched."""
    op.create_table(
        "source_notes",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_source_notes"),
    )
    op.create_index("ix_source_notes_at", "source_notes", ["at"])
