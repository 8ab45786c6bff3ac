"""How Alembic runs our migrations: always from syncd, in syncd's own transaction."""

from alembic import context

from syncd.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
