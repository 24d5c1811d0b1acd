"""A user's message and the reply opened to it, stored in one round trip to Postgres, for which the model waits."""

from uuid import UUID

from sqlalchemy import Connection

from db_api.database.prepared import Prepared
from db_api.errors import ChatNotFound, MessageNotFound, ReplyRunning, SessionUnknown
from db_api.repositories.chats import SUMMARIES
from db_api.repositories.paths import branch_end, path_to
from db_api.repositories.replies import Lease
from db_api.repositories.sessions import entering
from db_api.schemas.messages import MessageCreate

_LOCK = Prepared("lock_chat", "uuid", "SELECT FROM chats WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE")
"""A statement of its own: only a statement that starts after the wait sees a concurrently stored message."""

_STORE = Prepared(
    "store_message",
    "uuid, text, text, text, boolean, uuid, uuid, interval, uuid",
    f"""
    WITH message AS (
        INSERT INTO messages (chat_id, parent_id, role, content, client_token)
        SELECT id, CASE
            WHEN $5 THEN $6 ELSE {branch_end("$1", "current_message_id", "$9")}
        END, 'user', $3, $2
        FROM chats WHERE id = $1 AND deleted_at IS NULL
            AND NOT EXISTS (SELECT FROM messages WHERE chat_id = $1 AND client_token = $2)
            AND NOT EXISTS (SELECT FROM messages WHERE chat_id = $1 AND status IN ('queued', 'generating'))
            AND ($6 IS NULL OR EXISTS (SELECT FROM messages WHERE id = $6 AND chat_id = $1 AND role <> 'user'))
            AND ($9 IS NULL OR EXISTS (SELECT FROM messages WHERE id = $9 AND chat_id = $1))
        RETURNING id
    ), reply AS (
        INSERT INTO messages (chat_id, parent_id, role, status, lease_id, lease_expires_at)
        SELECT $1, id, 'assistant', 'queued', $7, now() + $8 FROM message
        RETURNING id
    )
    UPDATE chats SET current_message_id = reply.id, updated_at = now(), title = coalesce(title, $4),
        first_words = CASE WHEN title IS NULL THEN $4 ELSE first_words END
    FROM reply WHERE chats.id = $1
    """,  # noqa: S608 - contains no user's data
)

_STORED = Prepared(
    "stored_message",
    "uuid, text",
    f"""
    WITH chat AS ({SUMMARIES} AND id = $1),
    message AS (
        SELECT id, xmin = pg_current_xact_id_if_assigned()::xid AS is_new  -- this transaction inserted the row
        FROM messages WHERE chat_id = $1 AND client_token = $2
    ),
    reply AS (
        SELECT id FROM messages WHERE chat_id = $1 AND parent_id = (SELECT id FROM message) ORDER BY sequence LIMIT 1
    ),
    shown AS (SELECT chat.*, ({path_to("(SELECT id FROM reply)")}) AS path FROM chat)
    SELECT
        current_user_id() IS NOT NULL AS entered,
        EXISTS (SELECT FROM chat) AS chat_exists,
        (SELECT id FROM messages WHERE chat_id = $1 AND status IN ('queued', 'generating')) AS running_id,
        (SELECT is_new FROM message) AS is_new,
        (SELECT json_build_object('message', path -> -2, 'reply', path -> -1, 'chat', row_to_json(shown))::text
         FROM shown) AS json
    """,  # noqa: S608 - contains no user's data
)


def store_message(
    connection: Connection, token: str, chat_id: UUID, message: MessageCreate, lease: Lease
) -> tuple[str, bool]:
    """Store the message and open the reply.

    Returns:
        The message, the reply and the chat with the path to both, as JSON; and whether they are new.

    Raises:
        SessionUnknown: The token is unknown.
        ChatNotFound: The user has no such chat.
        ReplyRunning: Another reply is running in this chat.
        MessageNotFound: The chat has no such parent, or no message `follows`.
    """
    chat, once = str(chat_id), message.client_token
    parent_id = str(message.parent_id) if message.parent_id else None
    store = _STORE.call(
        connection,
        chat,
        once,
        message.content,
        message.title,
        message.makes_branch,
        parent_id,
        str(lease.writer_id),
        lease.duration,
        str(message.follows) if message.follows else None,
    )
    entered_and_stored = entering(token).then(_LOCK.call(connection, chat)).then(store)
    stored = _STORED.execute(connection, chat, once, preceded_by=entered_and_stored).one()
    if not stored.entered:
        raise SessionUnknown
    if not stored.chat_exists:
        raise ChatNotFound
    if stored.is_new is None:
        raise ReplyRunning(stored.running_id) if stored.running_id else MessageNotFound
    return stored.json, stored.is_new
