"""Deleted chats can be restored for a while, pinned ones come first, and all texts can be searched."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SCRIPTS = Path(__file__).with_suffix("")


def upgrade() -> None:
    for name in ("chats", "search"):
        op.get_bind().exec_driver_sql((SCRIPTS / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP INDEX messages_words_idx, chats_list_idx, chats_deleted_at_idx")
    op.execute("DROP FUNCTION search_messages, purge_chats, message_words")
    op.execute("DELETE FROM chats WHERE deleted_at IS NOT NULL")
    op.execute("ALTER TABLE chats DROP COLUMN deleted_at, DROP COLUMN former_name")
