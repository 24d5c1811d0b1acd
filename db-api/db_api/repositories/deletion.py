"""Deleting chats: hidden at once, restorable for a while, then purged."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db_api.errors import ReplyEnded
from db_api.models import RUNNING, Chat, Message
from db_api.repositories.chats import check_version, lock_chat, read_chat
from db_api.repositories.replies import stop_reply
from db_api.schemas.chats import ChatWithPath

_DELETE = text(
    "UPDATE chats SET deleted_at = now(), former_name = name, name = NULL, client_token = NULL WHERE id = :chat_id"
)
_RESTORE = text("""
    UPDATE chats c SET deleted_at = NULL, former_name = NULL, name = CASE
        WHEN NOT EXISTS (SELECT FROM chats other WHERE lower(other.name) = lower(c.former_name)) THEN former_name
    END
    WHERE id = :chat_id AND deleted_at IS NOT NULL
""")
_PURGE = text("SELECT purge_chats(:kept)")


def delete_chat(database: Session, chat_id: UUID, if_version: str | None = None, *, repeated: bool = False) -> None:
    """Hide the chat, release its name and token, and stop its running reply.

    With `repeated`, a deleted chat is no error.

    Raises:
        ChatChanged: The chat does not have the version `if_version`.
    """
    deleted = select(Chat.id).where(Chat.id == chat_id, Chat.deleted_at.is_not(None))
    if repeated and database.scalar(deleted) is not None:
        return
    lock_chat(database, chat_id)
    check_version(database, chat_id, if_version)
    running = select(Message.id).where(Message.chat_id == chat_id, Message.status.in_(RUNNING))
    if (reply_id := database.scalar(running)) is not None:
        with suppress(ReplyEnded):  # it may end at this very moment
            stop_reply(database, reply_id)
    database.execute(_DELETE, {"chat_id": chat_id})


def restore_chat(database: Session, chat_id: UUID) -> ChatWithPath:
    """Restore a deleted chat, with its name unless another chat has taken it.

    Raises:
        ChatNotFound: The chat has been purged, or never existed.
    """
    database.execute(_RESTORE, {"chat_id": chat_id})
    return read_chat(database, chat_id)


def purge(database: Session, kept: timedelta) -> int:
    """Remove chats of all users that were deleted longer than `kept` ago, some at a time; return how many."""
    count: int = database.execute(_PURGE, {"kept": kept}).scalar_one()
    return count
