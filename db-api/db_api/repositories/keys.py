"""API keys: shown once, listed by name, revoked by deletion."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from db_api.errors import KeyNotFound
from db_api.models import ApiKey
from db_api.schemas.keys import KeyCreate, KeyCreated, KeyList, KeyRead

KEY_MARK = "parley_"
"""The prefix of every key: secret scanners recognise it, and no session token starts with it."""

PREFIX_CHARS = len(KEY_MARK) + 6


def create_key(database: Session, key: KeyCreate) -> KeyCreated:
    """Create a key for this transaction's user. Only its hash is stored."""
    secret = KEY_MARK + secrets.token_urlsafe(32)
    values = {"name": key.name, "prefix": secret[:PREFIX_CHARS], "key_hash": hash_key(secret)}
    scopes = sorted(set(key.scopes))
    row = database.scalars(insert(ApiKey).values(**values, scopes=scopes).returning(ApiKey)).one()
    return KeyCreated(**KeyRead.model_validate(row).model_dump(), key=secret)


def list_keys(database: Session) -> KeyList:
    """Return the keys of this transaction's user, newest first."""
    keys = database.scalars(select(ApiKey).order_by(ApiKey.id.desc()))
    return KeyList(items=[KeyRead.model_validate(key) for key in keys])


def revoke_key(database: Session, key_id: UUID) -> None:
    """Delete the key.

    Raises:
        KeyNotFound: This user has no such key.
    """
    if database.scalar(delete(ApiKey).where(ApiKey.id == key_id).returning(ApiKey.id)) is None:
        raise KeyNotFound


def hash_key(key: str) -> bytes:
    # A key has 256 random bits, so neither a salt nor a slow hash would make it harder to guess.
    return hashlib.sha256(key.encode()).digest()
