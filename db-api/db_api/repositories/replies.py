"""Replies, as their user sees them. A reply is opened while its chat is locked."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from db_api.database.prepared import Prepared
from db_api.errors import InvalidRequest, MessageNotFound, ReplyEnded, ReplyNotFound, ReplyRunning, SessionUnknown
from db_api.models import RUNNING, Chat, FinishReason, Message, ReplyChunk, Role, Status
from db_api.repositories.chats import lock_chat, read_chat_to
from db_api.repositories.columns import columns
from db_api.repositories.paths import find_branch_end
from db_api.repositories.sessions import entering
from db_api.schemas.replies import ReplyChange, ReplyOpened, ReplyRead

_CAN_BE_CONTINUED = or_(
    Message.status.in_((Status.STOPPED, Status.FAILED)),
    and_(Message.status == Status.COMPLETE, Message.finish_reason == FinishReason.LENGTH),
)

_REPLY = Prepared(
    "reply",
    "uuid, integer",
    f"""
    SELECT current_user_id() IS NOT NULL AS entered, (SELECT row_to_json(reply)::text FROM (
        SELECT {columns(ReplyRead, "messages", except_for=("position", "text"))},
            $2 AS position, substr(join_chunks(id, content), $2 + 1) AS text
        FROM messages WHERE id = $1 AND role = 'assistant'
    ) reply) AS json
    """,  # noqa: S608 - contains no user's data
)


class Lease(NamedTuple):
    """The writer that holds a reply, and how long it does so without renewal."""

    writer_id: UUID
    duration: timedelta

    def values(self) -> dict[str, Any]:
        """Return the values of the message's columns that hold the lease."""
        return {"lease_id": self.writer_id, "lease_expires_at": func.now() + self.duration}


def open_another_reply(
    database: Session, message_id: UUID, lease: Lease, client_token: str | None = None
) -> tuple[ReplyOpened, bool]:
    """Open another reply to a user's message, next to the existing ones.

    Returns:
        The reply, and whether it is new: a repeated `client_token` returns the first one.

    Raises:
        MessageNotFound: The user has no such message, or it is a reply itself.
        ReplyRunning: Another reply is running in this chat.
    """
    chat_id = database.scalar(select(Message.chat_id).where(Message.id == message_id, Message.role == Role.USER))
    if chat_id is None:
        raise MessageNotFound
    lock_chat(database, chat_id)
    if client_token is not None:
        same = select(Message.id).where(Message.parent_id == message_id, Message.client_token == client_token)
        if (reply_id := database.scalar(same)) is not None:
            return read_opened(database, chat_id, reply_id), False
    _refuse_second_reply(database, chat_id)
    return read_opened(database, chat_id, _insert_reply(database, chat_id, message_id, lease, client_token)), True


def change_reply(database: Session, reply_id: UUID, change: ReplyChange, lease: Lease | None) -> ReplyOpened:
    """Stop or continue a reply on behalf of its user.

    Raises:
        InvalidRequest: The change is neither of the two.
    """
    if change.model_fields_set == {"status"}:
        if change.status is Status.STOPPED:
            return stop_reply(database, reply_id)
        if change.status is Status.QUEUED and lease is not None:
            return continue_reply(database, reply_id, lease)
    raise InvalidRequest("A user changes the status only: to stopped or, with X-Lease-ID, to queued.")


def continue_reply(database: Session, reply_id: UUID, lease: Lease) -> ReplyOpened:
    """Queue an ended reply again, to be continued from its text; its branch becomes the current one.

    Raises:
        ReplyRunning: This reply or another one is running in this chat.
        ReplyEnded: The reply is complete.
    """
    chat_id = _chat_of(database, reply_id)
    chat = lock_chat(database, chat_id)
    _refuse_second_reply(database, chat_id)
    continued = database.scalar(
        update(Message)
        .where(Message.id == reply_id, _CAN_BE_CONTINUED)
        .values(status=Status.QUEUED, finish_reason=None, error=None, attempts=0, **lease.values())
        .returning(Message.id)
    )
    if continued is None:
        raise ReplyEnded
    leaf_id = find_branch_end(database, chat_id, chat.current_message_id, reply_id)
    database.execute(update(Chat).where(Chat.id == chat_id).values(current_message_id=leaf_id))
    return read_opened(database, chat_id, reply_id)


def stop_reply(database: Session, reply_id: UUID) -> ReplyOpened:
    """End a running reply with the text stored so far; its writer's next write is refused.

    Raises:
        ReplyEnded: The reply is no longer running.
    """
    chat_id = _chat_of(database, reply_id)
    # Lock in a statement of its own: only a statement that starts after the wait sees the writer's last text.
    database.execute(select(Message.id).where(Message.id == reply_id).with_for_update(key_share=True))
    stopped = database.scalar(
        update(Message)
        .where(Message.id == reply_id, Message.status.in_(RUNNING))
        .values(status=Status.STOPPED, lease_id=None, lease_expires_at=None, content=_whole_text())
        .returning(Message.id)
    )
    if stopped is None:
        raise ReplyEnded
    database.execute(delete(ReplyChunk).where(ReplyChunk.reply_id == reply_id))
    return read_opened(database, chat_id, reply_id)


def read_reply(connection: Connection, token: str, reply_id: UUID, after: int) -> str:
    """Return the reply's status and outcome, and its text from position `after` on, as JSON.

    Raises:
        SessionUnknown: The token is unknown.
        ReplyNotFound: The user has no such reply.
    """
    reply = _REPLY.execute(connection, str(reply_id), after, preceded_by=entering(token)).one()
    if not reply.entered:
        raise SessionUnknown
    if reply.json is None:
        raise ReplyNotFound
    return str(reply.json)


def read_opened(database: Session, chat_id: UUID, reply_id: UUID) -> ReplyOpened:
    """Return a reply and the chat with the path to it."""
    chat = read_chat_to(database, chat_id, reply_id)
    return ReplyOpened(reply=chat.path[-1], chat=chat)


def _refuse_second_reply(database: Session, chat_id: UUID) -> None:
    running = select(Message.id).where(Message.chat_id == chat_id, Message.status.in_(RUNNING))
    if (reply_id := database.scalar(running)) is not None:
        raise ReplyRunning(reply_id)


def _chat_of(database: Session, reply_id: UUID) -> UUID:
    chat_id = database.scalar(select(Message.chat_id).where(Message.id == reply_id, Message.role == Role.ASSISTANT))
    if chat_id is None:
        raise ReplyNotFound
    return chat_id


def _whole_text() -> ColumnElement[str]:
    """The content, followed by the chunks that a running reply has."""
    return func.join_chunks(Message.id, Message.content)


def _insert_reply(database: Session, chat_id: UUID, message_id: UUID, lease: Lease, client_token: str | None) -> UUID:
    reply_id = _insert(
        database,
        chat_id=chat_id,
        parent_id=message_id,
        role=Role.ASSISTANT,
        status=Status.QUEUED,
        client_token=client_token,
        **lease.values(),
    )
    database.execute(update(Chat).where(Chat.id == chat_id).values(current_message_id=reply_id, updated_at=func.now()))
    return reply_id


def _insert(database: Session, **columns: Any) -> UUID:
    return database.execute(insert(Message).values(**columns).returning(Message.id)).scalar_one()
