"""A chat is a tree of messages: the path to a leaf, and the newest leaf of a branch."""

from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.orm import Session

from db_api.database.prepared import Prepared
from db_api.repositories.columns import columns
from db_api.schemas.messages import MessageRead

_messages = TypeAdapter(list[MessageRead])


def path_to(leaf_id: str) -> str:
    """Return the statement that selects the path to a leaf as JSON; `leaf_id` is an SQL expression."""
    return f"""
    WITH RECURSIVE path AS (
        SELECT id, parent_id, 0 AS height FROM messages WHERE id = {leaf_id}
        UNION ALL
        SELECT m.id, m.parent_id, path.height + 1 FROM messages m JOIN path ON m.id = path.parent_id
    )
    SELECT coalesce(json_agg(message ORDER BY height DESC), '[]') FROM (SELECT
        path.height, {columns(MessageRead, "m", except_for=("content", "siblings"))},
        CASE WHEN m.status IN ('queued', 'generating') THEN join_chunks(m.id, m.content) ELSE m.content END AS content,
        CASE  -- two cases, because IS NOT DISTINCT FROM cannot use an index
            WHEN m.parent_id IS NULL THEN ARRAY(
                SELECT s.id FROM messages s WHERE s.chat_id = m.chat_id AND s.parent_id IS NULL ORDER BY s.sequence
            )
            ELSE ARRAY(
                SELECT s.id FROM messages s WHERE s.chat_id = m.chat_id AND s.parent_id = m.parent_id
                ORDER BY s.sequence
            )
        END AS siblings
    FROM path JOIN messages m ON m.id = path.id) message
    """  # noqa: S608 - contains no user's data


def branch_end(chat_id: str, current_id: str, through: str) -> str:
    """Return the expression for the end of the branch through a message; the arguments are SQL expressions.

    It is the current leaf if the current path goes through the message or `through` is null, else the newest leaf below
    the message, and null if the chat has no such message.
    """
    return f"""
    (WITH RECURSIVE up AS (
        SELECT id, parent_id FROM messages WHERE id = {current_id} AND chat_id = {chat_id}
        UNION ALL
        SELECT m.id, m.parent_id FROM messages m JOIN up ON m.id = up.parent_id
    ), down AS (
        SELECT id, 0 AS depth FROM messages WHERE id = {through} AND chat_id = {chat_id}
        UNION ALL
        SELECT newest.id, down.depth + 1 FROM down CROSS JOIN LATERAL (
            SELECT id FROM messages WHERE chat_id = {chat_id} AND parent_id = down.id ORDER BY sequence DESC LIMIT 1
        ) newest
    )
    SELECT CASE
        WHEN {through} IS NULL OR EXISTS (SELECT FROM up WHERE id = {through}) THEN {current_id}
        ELSE (SELECT id FROM down ORDER BY depth DESC LIMIT 1)
    END)
    """  # noqa: S608 - contains no user's data


_PATH = Prepared("path", "uuid", f"SELECT ({path_to('$1')})::text")

_NEWEST_LEAF = text("""
    WITH RECURSIVE branch AS (
        SELECT id, 0 AS depth FROM messages WHERE id = :message_id AND chat_id = :chat_id
        UNION ALL
        SELECT newest.id, branch.depth + 1
        FROM branch CROSS JOIN LATERAL (
            SELECT id FROM messages WHERE chat_id = :chat_id AND parent_id = branch.id
            ORDER BY sequence DESC LIMIT 1
        ) newest
    )
    SELECT id FROM branch ORDER BY depth DESC LIMIT 1
""")


_BRANCH_END = text(f"SELECT {branch_end(':chat_id', 'CAST(:current_id AS uuid)', 'CAST(:through AS uuid)')}")


def find_branch_end(database: Session, chat_id: UUID, current_id: UUID | None, through: UUID) -> UUID | None:
    """Return the end of the branch through a message; None if the chat has no such message."""
    found = {"chat_id": chat_id, "current_id": current_id, "through": through}
    leaf_id: UUID | None = database.scalar(_BRANCH_END, found)
    return leaf_id


def read_path(database: Session, leaf_id: UUID | None) -> list[MessageRead]:
    """Return the messages from the first one to the leaf, or none without a leaf."""
    if leaf_id is None:
        return []
    # Parsing JSON is several times faster than building a Python object of each value first.
    return _messages.validate_json(_PATH.execute(database.connection(), str(leaf_id)).scalar_one())


def find_newest_leaf(database: Session, chat_id: UUID, message_id: UUID) -> UUID | None:
    """Follow the newest children of a message to a leaf; return None if the chat has no such message."""
    leaf_id: UUID | None = database.scalar(_NEWEST_LEAF, {"chat_id": chat_id, "message_id": message_id})
    return leaf_id
