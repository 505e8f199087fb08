"""What Alembic runs around the revisions. The connection, and its transaction, come from `migrate`."""

from alembic import context

from bot.delivery.tables import metadata

# The transaction is the caller's: all revisions or none, on SQLite as well.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
