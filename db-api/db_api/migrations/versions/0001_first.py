"""Users, sessions, chats, messages and chunks, behind row-level security."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SCRIPTS = Path(__file__).with_suffix("")


def upgrade() -> None:
    for name in ("tables", "security", "functions"):
        op.get_bind().exec_driver_sql((SCRIPTS / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("ALTER TABLE chats DROP CONSTRAINT chats_current_message_id_fkey")
    op.execute("DROP FUNCTION join_chunks")
    op.execute("DROP TABLE reply_chunks, messages, chats, sessions, users")
    op.execute(
        "DROP FUNCTION enter_session, create_guest, write_replies, end_reply, claim_replies, release_replies,"
        " current_user_id"
    )
    op.execute("REVOKE SELECT ON alembic_version FROM parley_api")
