"""API keys: another way to come as a user, told once, listed by name and revoked by deletion."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from db_api.errors import KeyNotFound
from db_api.models import ApiKey
from db_api.schemas.keys import KeyCreate, KeyCreated, KeyList, KeyRead

KEY_MARK = "parley_"
"""What every key begins with: secret scanners find it, and no session's token looks like it."""

PREFIX_CHARS = len(KEY_MARK) + 6


def create_key(database: Session, key: KeyCreate) -> KeyCreated:
    """A new key of this transaction's user. It is told once: only its hash is kept."""
    secret = KEY_MARK + secrets.token_urlsafe(32)
    values = {"name": key.name, "prefix": secret[:PREFIX_CHARS], "key_hash": hash_key(secret)}
    scopes = sorted(set(key.scopes))
    row = database.scalars(insert(ApiKey).values(**values, scopes=scopes).returning(ApiKey)).one()
    return KeyCreated(**KeyRead.model_validate(row).model_dump(), key=secret)


def list_keys(database: Session) -> KeyList:
    """This transaction's user's keys, newest first."""
    keys = database.scalars(select(ApiKey).order_by(ApiKey.id.desc()))
    return KeyList(items=[KeyRead.model_validate(key) for key in keys])


def revoke_key(database: Session, key_id: UUID) -> None:
    """
    Raises:
        KeyNotFound: this user has no such key.
    """
    if database.scalar(delete(ApiKey).where(ApiKey.id == key_id).returning(ApiKey.id)) is None:
        raise KeyNotFound


def hash_key(key: str) -> bytes:
    # 256 random bits, as a session's token: no slow hash could make it harder to guess.
    return hashlib.sha256(key.encode()).digest()
