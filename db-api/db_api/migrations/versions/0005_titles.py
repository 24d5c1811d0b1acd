"""Provisional titles: a chat's first words, until the model suggests a better title."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # The words themselves, not a flag: a title that an older version changes then differs, and counts as chosen.
    op.execute("ALTER TABLE chats ADD COLUMN first_words text")


def downgrade() -> None:
    op.execute("ALTER TABLE chats DROP COLUMN first_words")
