"""Replies, as their user asks for them. A chat's replies are opened under its lock."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from db_api.errors import InvalidRequest, MessageNotFound, ReplyEnded, ReplyNotFound, ReplyRunning, SessionUnknown
from db_api.models import RUNNING, Chat, FinishReason, Message, ReplyChunk, Role, Status
from db_api.prepared import Prepared
from db_api.repositories.chats import lock_chat, read_chat_to
from db_api.repositories.sessions import entering
from db_api.schemas.replies import ReplyChange, ReplyOpened

_CAN_BE_CONTINUED = or_(
    Message.status.in_((Status.STOPPED, Status.INTERRUPTED, Status.FAILED)),
    and_(Message.status == Status.COMPLETE, Message.finish_reason == FinishReason.LENGTH),
)

_REPLY = Prepared(
    "reply",
    "uuid, integer",
    """
    SELECT current_user_id() IS NOT NULL AS entered, (SELECT row_to_json(reply)::text FROM (
        SELECT id, chat_id, status, finish_reason, error, model, prompt_tokens, completion_tokens,
            $2 AS position, substr(join_chunks(id, content), $2 + 1) AS text
        FROM messages WHERE id = $1 AND role = 'assistant'
    ) reply) AS json
    """,
)


class Lease(NamedTuple):
    """The writer that a reply belongs to, and for how long after its last word."""

    writer_id: UUID
    duration: timedelta

    def columns(self) -> dict[str, Any]:
        return {"lease_id": self.writer_id, "lease_expires_at": func.now() + self.duration}


def open_another_reply(database: Session, message_id: UUID, lease: Lease) -> ReplyOpened:
    """A further reply to a user's message, beside those that it has.

    Raises:
        MessageNotFound: it is no message of this user's, or none that is replied to.
        ReplyRunning: another reply is being written in this chat.
    """
    chat_id = database.scalar(select(Message.chat_id).where(Message.id == message_id, Message.role == Role.USER))
    if chat_id is None:
        raise MessageNotFound
    lock_chat(database, chat_id)
    _refuse_second_reply(database, chat_id)
    return read_opened(database, chat_id, _insert_reply(database, chat_id, message_id, lease))


def change_reply(database: Session, reply_id: UUID, change: ReplyChange, lease: Lease | None) -> ReplyOpened:
    """What a reply's user may do to it.

    Raises:
        InvalidRequest: the change is neither to stop it nor, for a writer, to continue it.
    """
    if change.model_fields_set == {"status"}:
        if change.status is Status.STOPPED:
            return stop_reply(database, reply_id)
        if change.status is Status.QUEUED and lease is not None:
            return continue_reply(database, reply_id, lease)
    raise InvalidRequest("A user sets the status alone: stopped, or queued together with X-Lease-ID.")


def continue_reply(database: Session, reply_id: UUID, lease: Lease) -> ReplyOpened:
    """Queue an ended reply again, to go on from its text.

    Raises:
        ReplyRunning: this reply or another one is being written in this chat.
        ReplyEnded: it is complete.
    """
    chat_id = _chat_of(database, reply_id)
    lock_chat(database, chat_id)
    _refuse_second_reply(database, chat_id)
    continued = database.scalar(
        update(Message)
        .where(Message.id == reply_id, _CAN_BE_CONTINUED)
        .values(status=Status.QUEUED, finish_reason=None, error=None, **lease.columns())
        .returning(Message.id)
    )
    if continued is None:
        raise ReplyEnded
    return read_opened(database, chat_id, reply_id)


def stop_reply(database: Session, reply_id: UUID) -> ReplyOpened:
    """End a running reply with what is stored of it; its writer's next write is refused.

    Raises:
        ReplyEnded: it was not running any more.
    """
    chat_id = _chat_of(database, reply_id)
    # Locked by a statement of its own: one that waits inside for the writer would not see what the writer stored.
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
    """The reply's status and its text from this position on, as JSON.

    Raises:
        SessionUnknown: nobody is known by the token.
        ReplyNotFound: they have no such reply.
    """
    reply = _REPLY.execute(connection, str(reply_id), after, after=entering(token)).one()
    if not reply.entered:
        raise SessionUnknown
    if reply.json is None:
        raise ReplyNotFound
    return str(reply.json)


def read_opened(database: Session, chat_id: UUID, reply_id: UUID) -> ReplyOpened:
    """A reply with the path that leads to it."""
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
    """The content, and the chunks that follow it while the reply is being written."""
    return func.join_chunks(Message.id, Message.content)


def _insert_reply(database: Session, chat_id: UUID, message_id: UUID, lease: Lease) -> UUID:
    reply_id = _insert(
        database,
        chat_id=chat_id,
        parent_id=message_id,
        role=Role.ASSISTANT,
        status=Status.QUEUED,
        **lease.columns(),
    )
    database.execute(update(Chat).where(Chat.id == chat_id).values(current_message_id=reply_id, updated_at=func.now()))
    return reply_id


def _insert(database: Session, **columns: Any) -> UUID:
    return database.execute(insert(Message).values(**columns).returning(Message.id)).scalar_one()
