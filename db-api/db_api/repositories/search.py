"""Full-text search in chats and messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db_api.repositories.chats import SUMMARIES
from db_api.schemas.chats import ChatRead
from db_api.schemas.search import Excerpt, SearchHit, SearchHits

# Control characters that a text hardly contains; if one does, only the highlighting is off.
_START, _END = "\x02", "\x03"
_EXCERPT = f"StartSel={_START}, StopSel={_END}, MaxWords=28, MinWords=12, MaxFragments=1, FragmentDelimiter=…"

_CHATS = text(f"""
    SELECT chat.*,
        ts_headline('simple', chat.title, query, 'HighlightAll=true, StartSel={_START}, StopSel={_END}') AS excerpt
    FROM ({SUMMARIES}) chat, to_tsquery('simple', :words) query
    WHERE to_tsvector('simple', concat_ws(' ', chat.title, chat.name)) @@ query
    ORDER BY chat.updated_at DESC LIMIT :limit
""")  # noqa: S608 - contains no user's data

# A model's reasoning is not part of its answer. The index covers it all the same, so a message that matches in its
# reasoning alone is left out here, although it has counted towards :limit.
_REASONING = r'^<think>\n.*?(\n</think( seconds="[0-9.]+")?>|$)'
_MESSAGES = text(f"""
    SELECT m.id AS message_id, m.created_at AS written_at, chat.*,
        ts_headline('simple', answer, query, '{_EXCERPT}') AS excerpt
    FROM to_tsquery('simple', :words) query, search_messages(query, :limit) found
    JOIN messages m ON m.id = found.message_id JOIN ({SUMMARIES}) chat ON chat.id = m.chat_id,
    LATERAL (SELECT m.role = 'assistant' AND m.content LIKE '<think>%' AS has_reasoning) kind,
    LATERAL (SELECT CASE WHEN has_reasoning THEN regexp_replace(left(m.content, 100000), :reasoning, '')
        ELSE left(m.content, 100000) END AS answer) text
    WHERE NOT has_reasoning OR to_tsvector('simple', answer) @@ query
    ORDER BY m.sequence DESC
""")  # noqa: S608 - contains no user's data


def search(database: Session, words: str, limit: int) -> SearchHits:
    """Find chats by title and then messages by text, newest first; each word also matches as a prefix."""
    query = _to_query(words)
    if not query:
        return SearchHits(items=[])
    parameters = {"words": query, "limit": limit}
    chats = [_hit(row) for row in database.execute(_CHATS, parameters).mappings()]
    found = database.execute(_MESSAGES, parameters | {"reasoning": _REASONING})
    messages = [_hit(row) for row in found.mappings()]
    return SearchHits(items=(chats + messages)[:limit])


def _to_query(words: str) -> str:
    r"""Return the query in the syntax of `to_tsquery`: each word quoted, as a prefix.

    >>> _to_query("don't \\ panic")
    "'don''t':* & '\\\\':* & 'panic':*"
    """
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words.split())
    return " & ".join(f"'{word}':*" for word in quoted)


def _hit(row: RowMapping) -> SearchHit:
    message_id: UUID | None = row.get("message_id")
    written_at: datetime | None = row.get("written_at")
    return SearchHit(
        chat=ChatRead.model_validate(dict(row)),
        message_id=message_id,
        created_at=written_at or row["created_at"],
        excerpt=_pieces(row["excerpt"] or ""),
    )


def _pieces(marked: str) -> list[Excerpt]:
    r"""Split a headline at its marks.

    >>> [(piece.text, piece.hit) for piece in _pieces("the \x02moon\x03 is far")]
    [('the ', False), ('moon', True), (' is far', False)]
    """
    pieces = []
    for part in marked.split(_START):
        hit, end, rest = part.partition(_END)
        pieces += [Excerpt(text=hit, hit=bool(end)), Excerpt(text=rest, hit=False)]
    return [piece for piece in pieces if piece.text]
