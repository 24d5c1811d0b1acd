"""Answers to requests with an Idempotency-Key, for when they are repeated."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SCRIPTS = Path(__file__).with_suffix("")


def upgrade() -> None:
    op.get_bind().exec_driver_sql((SCRIPTS / "idempotency_keys.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute("DROP FUNCTION purge_idempotency_keys")
    op.execute("DROP TABLE idempotency_keys")
