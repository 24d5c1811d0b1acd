"""Titles that nobody wrote: a chat's first words, until the model has a better one."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # The words themselves and no mark: what an older version changes is no longer equal, and so a person's.
    op.execute("ALTER TABLE chats ADD COLUMN first_words text")


def downgrade() -> None:
    op.execute("ALTER TABLE chats DROP COLUMN first_words")
