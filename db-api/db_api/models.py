"""The tables, as the migrations define them."""

from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    ForeignKey,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy import Identity as RowNumber
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Status(StrEnum):
    """The state of a reply; every other message is complete."""

    QUEUED = "queued"
    GENERATING = "generating"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"


RUNNING = (Status.QUEUED, Status.GENERATING)


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own)
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        # Text with a check constraint: values of a native Postgres type cannot be removed.
        Enum: EnumType(Enum, native_enum=False, values_callable=lambda kind: [member.value for member in kind]),
    }


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    username: Mapped[str | None]
    password_hash: Mapped[str | None]
    display_name: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    chats: Mapped[int] = mapped_column(server_default="0")
    """Counted by triggers, as are the following."""
    messages: Mapped[int] = mapped_column(server_default="0")
    text_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    presets: Mapped[int] = mapped_column(server_default="0")
    api_keys: Mapped[int] = mapped_column(server_default="0")
    new_chats: Mapped[int] = mapped_column(server_default="0")
    """Since `new_chats_since`, for at most a minute."""
    new_chats_since: Mapped[datetime | None]


class Session(Base):
    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), server_default=func.current_user_id())
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    lifetime: Mapped[timedelta | None]
    """How long the session lasts after its last use; null if it ends at `expires_at` in any case."""


class ApiKey(Base):
    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), server_default=func.current_user_id())
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class Identity(Base):
    """A user's subject at another identity provider."""

    __tablename__ = "identities"

    identity_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Usage(Base):
    """Requests and tokens per period; only the database's own functions write it."""

    __tablename__ = "usage"
    __table_args__ = (PrimaryKeyConstraint("user_id", "key_id", "period", "begins_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), server_default=func.current_user_id())
    key_id: Mapped[UUID | None] = mapped_column(nullable=True)
    period: Mapped[str]
    begins_at: Mapped[datetime]
    requests: Mapped[int] = mapped_column(server_default="0")
    tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Preset(Base):
    """Named settings for new chats."""

    __tablename__ = "presets"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), server_default=func.current_user_id())
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotencyKey(Base):
    """A request that its client may repeat, and the answer to it."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id"), primary_key=True, server_default=func.current_user_id()
    )
    token: Mapped[UUID] = mapped_column(primary_key=True)
    request: Mapped[str]
    answer: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class Chat(Base):
    __tablename__ = "chats"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), server_default=func.current_user_id())
    name: Mapped[str | None]
    title: Mapped[str | None]
    first_words: Mapped[str | None]
    """The title taken from the first message. While it still is the title, the model may suggest a better one."""
    current_message_id: Mapped[UUID | None]
    client_token: Mapped[UUID | None]
    pinned: Mapped[bool] = mapped_column(server_default="false")
    archived: Mapped[bool] = mapped_column(server_default="false")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When the last message was added."""
    deleted_at: Mapped[datetime | None]
    """Hidden since then; `purge_chats` removes the row later."""
    former_name: Mapped[str | None]
    """The name of a deleted chat, which has none itself: the same name opens a new chat."""


class Message(Base):
    __tablename__ = "messages"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.uuidv7())
    user_id: Mapped[UUID] = mapped_column(server_default=func.current_user_id())
    chat_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    sequence: Mapped[int] = mapped_column(BigInteger, RowNumber(always=True))
    role: Mapped[Role]
    content: Mapped[str] = mapped_column(server_default="")
    status: Mapped[Status] = mapped_column(server_default=Status.COMPLETE)
    finish_reason: Mapped[FinishReason | None]
    error: Mapped[str | None]
    model: Mapped[str | None]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    timings: Mapped[dict[str, Any] | None]
    lease_id: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often the reply was claimed from a writer that vanished, since text was last stored."""
    client_token: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReplyChunk(Base):
    __tablename__ = "reply_chunks"

    reply_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[UUID] = mapped_column(server_default=func.current_user_id())
    text: Mapped[str]


class Instance(Base):
    """One row, written by the migration."""

    __tablename__ = "instance"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    is_only: Mapped[bool] = mapped_column(server_default="true", unique=True)
