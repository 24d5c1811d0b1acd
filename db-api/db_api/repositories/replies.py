"""Messages and their replies, as their user asks for them. A chat's replies are opened under its lock."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from db_api.errors import InvalidRequest, MessageNotFound, ReplyEnded, ReplyNotFound, ReplyRunning
from db_api.models import RUNNING, Chat, FinishReason, Message, ReplyChunk, Role, Status
from db_api.repositories.chats import lock_chat, read_chat_to
from db_api.schemas.messages import MessageCreate
from db_api.schemas.replies import MessageStored, ReplyChange, ReplyOpened, ReplyRead

_CAN_BE_CONTINUED = or_(
    Message.status.in_((Status.STOPPED, Status.INTERRUPTED, Status.FAILED)),
    and_(Message.status == Status.COMPLETE, Message.finish_reason == FinishReason.LENGTH),
)


class Lease(NamedTuple):
    """The writer that a reply belongs to, and for how long after its last word."""

    writer_id: UUID
    duration: timedelta

    def columns(self) -> dict[str, Any]:
        return {"lease_id": self.writer_id, "lease_expires_at": func.now() + self.duration}


def store_message(database: Session, chat_id: UUID, message: MessageCreate, lease: Lease) -> tuple[MessageStored, bool]:
    """The user's message and the reply opened to it; with whether they are new.

    Raises:
        ReplyRunning: another reply is being written in this chat.
        MessageNotFound: the chat has no such parent.
    """
    chat = lock_chat(database, chat_id)
    stored_id = database.scalar(
        select(Message.id).where(Message.chat_id == chat_id, Message.client_token == message.client_token)
    )
    if stored_id is not None:
        return _read_stored(database, chat_id, _first_reply_to(database, stored_id)), False
    _refuse_second_reply(database, chat_id)
    parent_id = _find_parent(database, chat_id, message.parent_id) if message.makes_branch else chat.current_message_id
    message_id = _insert(
        database,
        chat_id=chat_id,
        parent_id=parent_id,
        role=Role.USER,
        content=message.content,
        client_token=message.client_token,
    )
    reply_id = _insert_reply(database, chat_id, message_id, lease)
    if message.title is not None:
        untitled = update(Chat).where(Chat.id == chat_id, Chat.title.is_(None))
        database.execute(untitled.values(title=message.title, first_words=message.title))
    return _read_stored(database, chat_id, reply_id), True


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
    chat_id = _find_reply(database, reply_id).chat_id
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
    chat_id = _find_reply(database, reply_id).chat_id
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


def read_reply(database: Session, reply_id: UUID, after: int) -> ReplyRead:
    """The reply's status and its text from this position on."""
    reply = _find_reply(database, reply_id)
    return ReplyRead(**reply._mapping, position=after, text=reply.whole_text[after:])


def read_opened(database: Session, chat_id: UUID, reply_id: UUID) -> ReplyOpened:
    """A reply with the path that leads to it."""
    chat = read_chat_to(database, chat_id, reply_id)
    return ReplyOpened(reply=chat.path[-1], chat=chat)


def _read_stored(database: Session, chat_id: UUID, reply_id: UUID) -> MessageStored:
    chat = read_chat_to(database, chat_id, reply_id)
    return MessageStored(message=chat.path[-2], reply=chat.path[-1], chat=chat)


def _refuse_second_reply(database: Session, chat_id: UUID) -> None:
    running = select(Message.id).where(Message.chat_id == chat_id, Message.status.in_(RUNNING))
    if (reply_id := database.scalar(running)) is not None:
        raise ReplyRunning(reply_id)


def _find_parent(database: Session, chat_id: UUID, parent_id: UUID | None) -> UUID | None:
    """The parent of a branch's first message: none, or a message of this chat that is no user's."""
    if parent_id is None:
        return None
    query = select(Message.id).where(Message.id == parent_id, Message.chat_id == chat_id, Message.role != Role.USER)
    if database.scalar(query) is None:
        raise MessageNotFound
    return parent_id


def _first_reply_to(database: Session, message_id: UUID) -> UUID:
    query = select(Message.id).where(Message.parent_id == message_id).order_by(Message.sequence).limit(1)
    return database.execute(query).scalar_one()


def _find_reply(database: Session, reply_id: UUID) -> Row[*tuple[Any, ...]]:
    query = select(
        Message.id,
        Message.chat_id,
        Message.status,
        Message.finish_reason,
        Message.error,
        Message.model,
        Message.prompt_tokens,
        Message.completion_tokens,
        _whole_text().label("whole_text"),
    ).where(Message.id == reply_id, Message.role == Role.ASSISTANT)
    reply = database.execute(query).one_or_none()
    if reply is None:
        raise ReplyNotFound
    return reply


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
