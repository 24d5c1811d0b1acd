"""Alembic runs this with the connection that `db_api.migrate` opened."""

from alembic import context

from db_api.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
