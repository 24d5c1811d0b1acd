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
from db_api.repositories.paths import find_branch_end, find_newest_leaf, read_path
from db_api.schemas.chats import ChatChange, ChatCreate, ChatList, ChatRead, ChatWithPath

_COMPUTED: dict[str, ColumnElement[Any]] = {
    "title_is_provisional": func.coalesce(Chat.title == Chat.first_words, false()),
    "version": literal_column("left(md5(chats::text), 16)"),
}
_COLUMNS = [_COMPUTED[name].label(name) if name in _COMPUTED else getattr(Chat, name) for name in ChatRead.model_fields]
_NOT_DELETED = Chat.deleted_at.is_(None)
_SUMMARIES = select(*_COLUMNS).where(_NOT_DELETED)
SUMMARIES = str(_SUMMARIES.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
"""The user's chats with the columns of `ChatRead`, for statements written in SQL."""

_IS_NEW: ColumnElement[bool] = literal_column("xmax = 0")  # true for a row that no statement has updated
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def list_chats(database: Session, limit: int, before: str | None, *, archived: bool = False) -> ChatList:
    """Return the pinned chats and then the others, each by last use, starting after the cursor.

    Raises:
        InvalidRequest: `before` is not a cursor.
    """
    order = (Chat.pinned, Chat.updated_at, Chat.id)
    # One row more than requested shows whether there is a next page.
    query = _SUMMARIES.where(Chat.archived == archived).limit(limit + 1)
    query = query.order_by(*(column.desc() for column in order))
    if before is not None:
        query = query.where(tuple_(*order) < tuple_(*_read_cursor(before)))
    chats = [ChatRead.model_validate(row) for row in database.execute(query)]
    items = chats[:limit]
    return ChatList(items=items, next=_make_cursor(items[-1]) if len(chats) > limit else None)


def open_chat(database: Session, chat: ChatCreate) -> tuple[ChatWithPath, bool]:
    """Return the user's chat with this name (case-insensitive) or token, or a new one, and whether it is new."""
    if chat.client_token is not None:
        return _open_once(database, chat)
    opened = insert(Chat).values(name=chat.name, title=chat.title)
    # An update without effect returns the existing row in the same statement, so that nobody can delete it in between.
    opened = opened.on_conflict_do_update(index_elements=["user_id", func.lower(Chat.name)], set_={"name": Chat.name})
    chat_id, is_new = database.execute(opened.returning(Chat.id, _IS_NEW)).one()
    return read_chat(database, chat_id), is_new


def _open_once(database: Session, chat: ChatCreate) -> tuple[ChatWithPath, bool]:
    opened = insert(Chat).values(client_token=chat.client_token, title=chat.title)
    changed = {"client_token": Chat.client_token}
    opened = opened.on_conflict_do_update(index_elements=["user_id", "client_token"], set_=changed)
    chat_id, is_new = database.execute(opened.returning(Chat.id, _IS_NEW)).one()
    return read_chat(database, chat_id), is_new


def read_chat(database: Session, chat_id: UUID, through: UUID | None = None) -> ChatWithPath:
    """Return the chat with its current path, or with the path through a message.

    Raises:
        MessageNotFound: The chat has no message `through`.
    """
    chat = _find(database, chat_id)
    leaf_id = chat.current_message_id
    if through is not None and (leaf_id := find_branch_end(database, chat_id, leaf_id, through)) is None:
        raise MessageNotFound
    return _with_path(database, chat, leaf_id)


def read_chat_to(database: Session, chat_id: UUID, leaf_id: UUID) -> ChatWithPath:
    """Return the chat with the path that ends with this message, regardless of the current one."""
    return _with_path(database, _find(database, chat_id), leaf_id)


def change_chat(database: Session, chat_id: UUID, change: ChatChange, if_version: str | None) -> ChatWithPath:
    """Change the chat and return it.

    Raises:
        ChatChanged: The chat does not have the version `if_version`.
    """
    check_version(database, chat_id, if_version)
    columns = change.columns()
    if change.current_message_id is not None:
        columns["current_message_id"] = find_newest_leaf(database, chat_id, change.current_message_id)
        if columns["current_message_id"] is None:
            raise MessageNotFound
    if columns:
        database.execute(update(Chat).where(Chat.id == chat_id, _NOT_DELETED).values(columns))
    if change.suggested_title is not None:
        provisional = update(Chat).where(Chat.id == chat_id, _NOT_DELETED, Chat.title == Chat.first_words)
        database.execute(provisional.values(title=change.suggested_title, first_words=None))
    return read_chat(database, chat_id)


def lock_chat(database: Session, chat_id: UUID) -> Row[UUID, UUID | None]:
    """Return the chat's id and current message; other writes to the chat wait until this transaction ends."""
    chats = select(Chat.id, Chat.current_message_id).where(Chat.id == chat_id, _NOT_DELETED)
    chat = database.execute(chats.with_for_update(key_share=True)).one_or_none()
    if chat is None:
        raise ChatNotFound
    return chat


def check_version(database: Session, chat_id: UUID, if_version: str | None) -> None:
    """Lock the chat if a version is given.

    Raises:
        ChatChanged: The chat has another version.
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
        raise InvalidRequest("before is not a cursor of this list.") from error
