"""Alembic's entry: runs the versions on the connection that `ledger.migrate` hands in."""

from alembic import context

connection = context.config.attributes["connection"]
# SQLite's DDL is transactional once BEGIN is ours, so a migration is there whole or not at all.
context.configure(connection=connection, target_metadata=None, transactional_ddl=True)
context.run_migrations()
