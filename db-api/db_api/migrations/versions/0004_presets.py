"""Presets: named settings for new chats."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

SCRIPTS = Path(__file__).with_suffix("")


def upgrade() -> None:
    op.get_bind().exec_driver_sql((SCRIPTS / "presets.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP TABLE presets")
