"""Alembic runs this with the connection that `db_api.migrate` opened."""

from alembic import context

from db_api.models import Base

# A transaction for each migration: one that builds an index beside the writers commits what came before it.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
