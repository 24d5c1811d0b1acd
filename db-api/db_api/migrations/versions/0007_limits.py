"""Bounds: sliding sessions, quotas per user, attempts per reply, and purging in batches."""

import re
from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

SCRIPTS = Path(__file__).with_suffix("")
FORMER_FUNCTIONS = SCRIPTS.parent / "0001_first" / "functions.sql"
FORMER_PURGE = SCRIPTS.parent / "0002_find_and_undo" / "chats.sql"


def upgrade() -> None:
    for name in ("sessions", "quotas", "claims", "purge"):
        op.get_bind().exec_driver_sql((SCRIPTS / f"{name}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in ("chats", "messages", "presets", "api_keys"):
        op.execute(f"DROP TRIGGER count_inserted ON {table}")
        op.execute(f"DROP TRIGGER count_deleted ON {table}")
    op.execute("DROP TRIGGER count_changed ON messages")
    op.execute("DROP TRIGGER count_changed ON chats")
    op.execute("DROP FUNCTION count_chats, count_messages, count_presets, count_keys, count_settings, count_text")
    op.execute("DROP FUNCTION add_to_totals, check_quota, counted_text, counted_settings")
    op.execute("DROP FUNCTION enter_subject, purge_sessions, purge_guests, purge_usage, purge_answers")
    for name in ("enter_session", "create_guest", "write_replies", "claim_replies"):
        _restore(FORMER_FUNCTIONS, name)
    _restore(FORMER_PURGE, "purge_chats")
    op.execute("DROP INDEX sessions_expires_at_idx, usage_period_begins_at_idx")
    op.execute("ALTER TABLE sessions DROP COLUMN lifetime")
    op.execute("ALTER TABLE messages DROP COLUMN attempts")
    op.execute(
        "ALTER TABLE users RESET (fillfactor), DROP COLUMN chats, DROP COLUMN messages, DROP COLUMN text_bytes,"
        " DROP COLUMN presets, DROP COLUMN api_keys, DROP COLUMN new_chats, DROP COLUMN new_chats_since"
    )


def _restore(script: Path, name: str) -> None:
    """Restore a function as an earlier migration created it."""
    former = re.search(rf"CREATE (FUNCTION {name}\(.*?\$\$;)", script.read_text(encoding="utf-8"), re.DOTALL)
    assert former  # noqa: S101 - an earlier migration never changes
    op.get_bind().exec_driver_sql(f"CREATE OR REPLACE {former[1]}")
