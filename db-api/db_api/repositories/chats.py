"""Chats, as their user sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, false, func, literal_column, select, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db_api.errors import ChatChanged, ChatNotFound, InvalidRequest, MessageNotFound
from db_api.models import Chat
from db_api.repositories.paths import find_newest_leaf, read_path
from db_api.schemas.chats import ChatChange, ChatCreate, ChatList, ChatRead, ChatWithPath

COLUMNS = (  # what ChatRead says, but for what is worked out
    Chat.id,
    Chat.name,
    Chat.title,
    Chat.pinned,
    Chat.archived,
    Chat.settings,
    Chat.current_message_id,
    Chat.created_at,
    Chat.updated_at,
)
_VERSION: ColumnElement[str] = literal_column("left(md5(chats::text), 16)").label("version")
_IS_PROVISIONAL = func.coalesce(Chat.title == Chat.first_words, false()).label("title_is_provisional")
_IS_NEW: ColumnElement[bool] = literal_column("xmax = 0")  # Postgres' own mark of a row that no statement has changed
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IS_THERE = Chat.deleted_at.is_(None)
_SUMMARIES = select(*COLUMNS, _IS_PROVISIONAL, _VERSION).where(_IS_THERE)
SUMMARIES = str(_SUMMARIES.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
"""The same for statements that are written in SQL."""


def list_chats(database: Session, limit: int, before: str | None, *, archived: bool = False) -> ChatList:
    """The pinned chats and then the others, each by their last use, from the cursor on.

    Raises:
        InvalidRequest: the cursor is none of ours.
    """
    # One more than asked for tells whether there is a next page.
    order = (Chat.pinned, Chat.updated_at, Chat.id)
    query = _SUMMARIES.where(Chat.archived == archived).limit(limit + 1)
    query = query.order_by(*(column.desc() for column in order))
    if before is not None:
        query = query.where(tuple_(*order) < tuple_(*_read_cursor(before)))
    chats = [ChatRead.model_validate(row) for row in database.execute(query)]
    items = chats[:limit]
    return ChatList(items=items, next=_make_cursor(items[-1]) if len(chats) > limit else None)


def open_chat(database: Session, chat: ChatCreate) -> tuple[ChatWithPath, bool]:
    """The user's chat of this name, in upper or lower case, or a new one; with whether it is new."""
    if chat.client_token is not None:
        return _open_once(database, chat)
    opened = insert(Chat).values(name=chat.name, title=chat.title)
    # A change that changes nothing gives the old one back in the same statement: nobody can delete it between two.
    opened = opened.on_conflict_do_update(index_elements=["user_id", func.lower(Chat.name)], set_={"name": Chat.name})
    chat_id, is_new = database.execute(opened.returning(Chat.id, _IS_NEW)).one()
    return read_chat(database, chat_id), is_new


def _open_once(database: Session, chat: ChatCreate) -> tuple[ChatWithPath, bool]:
    opened = insert(Chat).values(client_token=chat.client_token, title=chat.title)
    changed = {"client_token": Chat.client_token}
    opened = opened.on_conflict_do_update(index_elements=["user_id", "client_token"], set_=changed)
    chat_id, is_new = database.execute(opened.returning(Chat.id, _IS_NEW)).one()
    return read_chat(database, chat_id), is_new


def read_chat(database: Session, chat_id: UUID) -> ChatWithPath:
    """The chat with its current path."""
    chat = _find(database, chat_id)
    return _with_path(database, chat, chat.current_message_id)


def read_chat_to(database: Session, chat_id: UUID, leaf_id: UUID) -> ChatWithPath:
    """The chat with the path that ends with this message, whichever is the current one."""
    return _with_path(database, _find(database, chat_id), leaf_id)


def change_chat(database: Session, chat_id: UUID, change: ChatChange, if_version: str | None) -> ChatWithPath:
    """
    Raises:
        ChatChanged: it has another version by now.
    """
    check_version(database, chat_id, if_version)
    columns = change.columns()
    if change.current_message_id is not None:
        columns["current_message_id"] = find_newest_leaf(database, chat_id, change.current_message_id)
        if columns["current_message_id"] is None:
            raise MessageNotFound
    if columns:
        database.execute(update(Chat).where(Chat.id == chat_id, _IS_THERE).values(columns))
    if change.suggested_title is not None:
        provisional = update(Chat).where(Chat.id == chat_id, _IS_THERE, Chat.title == Chat.first_words)
        database.execute(provisional.values(title=change.suggested_title, first_words=None))
    return read_chat(database, chat_id)


def lock_chat(database: Session, chat_id: UUID) -> Row[UUID, UUID | None]:
    """The chat's id and current message; whoever else adds to it waits until this transaction ends."""
    query = (
        select(Chat.id, Chat.current_message_id).where(Chat.id == chat_id, _IS_THERE).with_for_update(key_share=True)
    )
    chat = database.execute(query).one_or_none()
    if chat is None:
        raise ChatNotFound
    return chat


def check_version(database: Session, chat_id: UUID, if_version: str | None) -> None:
    """
    Raises:
        ChatChanged: somebody waits for another version than the chat has.
    """
    if if_version is not None:
        lock_chat(database, chat_id)
        if _find(database, chat_id).version != if_version:
            raise ChatChanged


def _find(database: Session, chat_id: UUID) -> Row[*tuple[Any, ...]]:
    chat = database.execute(_SUMMARIES.where(Chat.id == chat_id)).one_or_none()
    if chat is None:
        raise ChatNotFound
    return chat


def _with_path(database: Session, chat: Row[*tuple[Any, ...]], leaf_id: UUID | None) -> ChatWithPath:
    return ChatWithPath(**chat._mapping, path=read_path(database, leaf_id))


def _make_cursor(chat: ChatRead) -> str:
    return f"{chat.pinned:d}.{(chat.updated_at - _EPOCH) // timedelta(microseconds=1)}.{chat.id}"


def _read_cursor(cursor: str) -> tuple[bool, datetime, UUID]:
    try:
        pinned, microseconds, chat_id = cursor.split(".")
        return pinned == "1", _EPOCH + timedelta(microseconds=int(microseconds)), UUID(chat_id)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest("before is no cursor of this list.") from error
