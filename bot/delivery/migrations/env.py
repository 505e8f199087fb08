"""What Alembic runs around the revisions. The connection, and its transaction, come from `migrate`."""

from alembic import context

from bot.delivery.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can do DDL in a transaction, and `migrate` has opened one: all revisions or none.
    transactional_ddl=True,
)
context.run_migrations()
