"""Full-text search in chats and messages."""

from collections.abc import Iterator, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db_api.errors import SearchRunning
from db_api.excerpts import beginning, find_excerpt, highlight
from db_api.repositories.chats import SUMMARIES
from db_api.schemas.chats import ChatRead
from db_api.schemas.search import SearchHit, SearchHits
from db_api.words import Pattern, patterns_of

MOST_BATCHES = 4
"""How often more messages are read in place of those whose words are in the text but not side by side."""

MOST_SCANNED_CHARS = 1_000_000
"""How much text of one search is looked through; the messages after it are taken for hits, with their beginnings."""

_LOCKS = 7_275_540
"""An arbitrary number, under which each user has an advisory lock."""

# Released with the transaction.
_LOCK = text("SELECT pg_try_advisory_xact_lock(:locks, hashtext(current_user_id()::text))")

_CHATS = text(f"""
    SELECT chat.* FROM find_chats(:words, :limit) found JOIN ({SUMMARIES}) chat ON chat.id = found.chat_id
    ORDER BY chat.updated_at DESC, chat.id DESC
""")  # noqa: S608 - contains no user's data

_MESSAGES = text(f"""
    SELECT m.id AS message_id, m.sequence, m.created_at AS written_at,
        left(spoken_text(m.role, m.content), 100000) AS answer, chat.*
    FROM find_messages(:words, :limit, :before) found
    JOIN messages m ON m.id = found.message_id JOIN ({SUMMARIES}) chat ON chat.id = m.chat_id
    ORDER BY m.sequence DESC
""")  # noqa: S608 - contains no user's data


def search(database: Session, words: str, limit: int) -> SearchHits:
    """Find chats by title or name and then messages by text, newest first.

    Words also match as prefixes, and those without a space between them only side by side.

    Raises:
        SearchRunning: Another search of this user is running.
    """
    patterns = patterns_of(words)
    if not patterns:
        return SearchHits(items=[])
    if not database.scalar(_LOCK, {"locks": _LOCKS}):
        raise SearchRunning
    chats = _find_chats(database, words, patterns, limit)
    messages = _find_messages(database, words, patterns, limit)
    return SearchHits(items=[*chats, *islice(messages, limit - len(chats))])


def _find_chats(database: Session, words: str, patterns: Sequence[Pattern], limit: int) -> list[SearchHit]:
    rows = database.execute(_CHATS, {"words": words, "limit": limit}).mappings()
    chats = [ChatRead.model_validate(dict(row)) for row in rows]
    return [
        SearchHit(chat=chat, message_id=None, created_at=chat.created_at, excerpt=highlight(chat.title or "", patterns))
        for chat in chats
        if find_excerpt(f"{chat.title or ''} {chat.name or ''}", patterns) is not None
    ]


def _find_messages(database: Session, words: str, patterns: Sequence[Pattern], limit: int) -> Iterator[SearchHit]:
    scanned = 0
    for row in _candidates(database, words, limit):
        answer: str = row["answer"]
        scanned += len(answer)
        excerpt = find_excerpt(answer, patterns) if scanned <= MOST_SCANNED_CHARS else beginning(answer)
        if excerpt is not None:
            chat, message_id = ChatRead.model_validate(dict(row)), UUID(str(row["message_id"]))
            yield SearchHit(chat=chat, message_id=message_id, created_at=row["written_at"], excerpt=excerpt)


def _candidates(database: Session, words: str, limit: int) -> Iterator[RowMapping]:
    """Yield the messages that have the words, newest first."""
    before: int | None = None
    for _ in range(MOST_BATCHES):
        rows = database.execute(_MESSAGES, {"words": words, "limit": limit, "before": before}).mappings().all()
        yield from rows
        if len(rows) < limit:
            return
        before = rows[-1]["sequence"]
