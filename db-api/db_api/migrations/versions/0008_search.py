"""Search finds words in every script, and what it costs does not depend on how much others wrote."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

SCRIPTS = Path(__file__).with_suffix("")
FORMER_SEARCH = SCRIPTS.parent / "0002_find_and_undo" / "search.sql"

INDEXES = {
    "messages_search_idx": "messages USING gin (search_words(user_id, spoken_text(role, content)))",
    "chats_search_idx": "chats USING gin (search_words(user_id, coalesce(title, '') || ' ' || coalesce(name, '')))",
}


def upgrade() -> None:
    for name in ("words", "search", "names"):
        _execute(SCRIPTS / f"{name}.sql")
    with op.get_context().autocommit_block():
        # Built beside the writers, for as long as it takes. What a broken-off attempt left behind is removed first.
        op.execute("SET lock_timeout = 0")
        for name, definition in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            # Without a list of pending entries, which every search would have to read.
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {definition} WITH (fastupdate = off)")
        op.execute("RESET lock_timeout")
    _execute(SCRIPTS / "transition.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION search_messages")
    op.execute(f"DROP INDEX {', '.join(INDEXES)}")
    op.execute("DROP FUNCTION find_messages, find_chats, search_query, search_words, spoken_text")
    op.execute("DROP FUNCTION user_mark, index_words, split_words, spell_out, fold_text")
    _execute(FORMER_SEARCH)


def _execute(script: Path) -> None:
    # The driver reads a percent sign as the beginning of a parameter.
    op.get_bind().exec_driver_sql(script.read_text(encoding="utf-8").replace("%", "%%"))
