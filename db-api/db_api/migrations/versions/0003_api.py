"""Access for programs: API keys, identities of other providers, and counters of their usage."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

SCRIPTS = Path(__file__).with_suffix("")


def upgrade() -> None:
    for name in ("tables", "security", "functions"):
        op.get_bind().exec_driver_sql((SCRIPTS / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION enter_key, enter_identity, count_tokens, add_usage")
    op.execute("DROP TABLE usage, identities, api_keys")
    op.execute("DROP FUNCTION current_key_id")
    op.execute("ALTER TABLE chats DROP COLUMN client_token")
