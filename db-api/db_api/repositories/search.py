"""Chats and messages that hold certain words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db_api.repositories.chats import COLUMNS
from db_api.schemas.chats import ChatRead
from db_api.schemas.search import Excerpt, SearchHit, SearchHits

# Marks that no text needs; one that stands in a text all the same only shifts what is shown as a hit.
_BEGIN, _END = "\x02", "\x03"
_EXCERPT = f"StartSel={_BEGIN}, StopSel={_END}, MaxWords=28, MinWords=12, MaxFragments=1, FragmentDelimiter=…"
_WORKED_OUT = ("left(md5(c::text), 16) AS version", "coalesce(c.title = c.first_words, false) AS title_is_provisional")
_READ = ", ".join([*(f"c.{column.key}" for column in COLUMNS), *_WORKED_OUT])

_CHATS = text(f"""
    SELECT {_READ},
        ts_headline('simple', c.title, query, 'HighlightAll=true, StartSel={_BEGIN}, StopSel={_END}') AS excerpt
    FROM chats c, to_tsquery('simple', :words) query
    WHERE c.deleted_at IS NULL AND to_tsvector('simple', concat_ws(' ', c.title, c.name)) @@ query
    ORDER BY c.updated_at DESC LIMIT :limit
""")  # noqa: S608 - columns and marks are ours

# What a model thought before its answer is no part of what was said. It is in the index all the same, so a message
# found by its thoughts alone is left out here, and takes a place of :limit.
_THOUGHTS = r'^<think>\n.*?(\n</think( seconds="[0-9.]+")?>|$)'
_MESSAGES = text(f"""
    SELECT m.id AS message_id, m.created_at AS written_at, {_READ},
        ts_headline('simple', said, query, '{_EXCERPT}') AS excerpt
    FROM to_tsquery('simple', :words) query, search_messages(query, :limit) found
    JOIN messages m ON m.id = found.message_id JOIN chats c ON c.id = m.chat_id,
    LATERAL (SELECT m.role = 'assistant' AND m.content LIKE '<think>%' AS thought) thinking,
    LATERAL (SELECT CASE WHEN thought THEN regexp_replace(left(m.content, 100000), :thoughts, '')
        ELSE left(m.content, 100000) END AS said) saying
    WHERE NOT thought OR to_tsvector('simple', said) @@ query
    ORDER BY m.sequence DESC
""")  # noqa: S608 - columns and marks are ours


def search(database: Session, words: str, limit: int) -> SearchHits:
    """Chats by their titles and then messages by their texts, newest first; a word may be the beginning of one."""
    query = _to_query(words)
    if not query:
        return SearchHits(items=[])
    parameters = {"words": query, "limit": limit}
    chats = [_hit(row) for row in database.execute(_CHATS, parameters).mappings()]
    found = database.execute(_MESSAGES, parameters | {"thoughts": _THOUGHTS})
    messages = [_hit(row) for row in found.mappings()]
    return SearchHits(items=(chats + messages)[:limit])


def _to_query(words: str) -> str:
    r"""In the language of `to_tsquery`: each word quoted, as the beginning of one.

    >>> _to_query("don't \\ panic")
    "'don''t':* & '\\\\\\\\':* & 'panic':*"
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
    r"""
    >>> [(piece.text, piece.hit) for piece in _pieces("the \x02moon\x03 is far")]
    [('the ', False), ('moon', True), (' is far', False)]
    """
    pieces = []
    for part in marked.split(_BEGIN):
        hit, end, rest = part.partition(_END)
        pieces += [Excerpt(text=hit, hit=bool(end)), Excerpt(text=rest, hit=False)]
    return [piece for piece in pieces if piece.text]
