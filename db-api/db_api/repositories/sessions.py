"""Sessions: which user a token belongs to."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from db_api.database.prepared import Call
from db_api.errors import SessionUnknown
from db_api.models import Session as SessionRow
from db_api.models import User
from db_api.repositories.keys import KEY_MARK, hash_key
from db_api.schemas.sessions import ExternalIdentity, SessionCreated, SessionRead, UserRead

_CREATE_GUEST = text("SELECT create_guest(:token_hash, :lifetime)")
_ENTER_SUBJECT = text("SELECT enter_subject(:identity_hash, :former_hash, :issuer, :subject, :token_hash, :lifetime)")
_PURGE = text("SELECT purge_sessions(:limit)")
_PURGE_GUESTS = text("SELECT purge_guests(:age, :limit)")
_USER = select(*(getattr(User, name) for name in UserRead.model_fields))


def enter(database: Session, token: str) -> None:
    """Make this transaction see the rows of the user that a session token or API key belongs to.

    Raises:
        SessionUnknown: The token or key is unknown, expired or revoked.
    """
    call = entering(token)
    if database.connection().exec_driver_sql(call.statement, call.arguments).scalar() is None:
        raise SessionUnknown


def entering(token: str) -> Call:
    """Return the call that enters a session token or API key; its result is the user's id, or null if unknown."""
    if token.startswith(KEY_MARK):
        return Call("SELECT enter_key(%s)", (hash_key(token),))
    return Call("SELECT enter_session(%s)", (_hash(token),))


def create_guest(database: Session, lifetime: timedelta) -> SessionCreated:
    """Create a user and their first session. Only the token's hash is stored."""
    token = secrets.token_urlsafe(32)
    database.execute(_CREATE_GUEST, {"token_hash": _hash(token), "lifetime": lifetime})
    session = read(database, token)
    return SessionCreated(token=token, user=session.user, expires_at=session.expires_at)


def open_for_identity(database: Session, identity: ExternalIdentity, lifetime: timedelta) -> SessionCreated:
    """Create a session for a user of another identity provider, and the user at the first sign-in."""
    token = secrets.token_urlsafe(32)
    hashes = {"identity_hash": hash_identity(identity), "former_hash": _former_hash(identity)}
    entered = hashes | {"token_hash": _hash(token), "lifetime": lifetime}
    database.execute(_ENTER_SUBJECT, entered | identity.model_dump())
    session = read(database, token)
    return SessionCreated(token=token, user=session.user, expires_at=session.expires_at)


def read(database: Session, token: str) -> SessionRead:
    """Return the session of this token and its user."""
    session = database.execute(
        select(SessionRow.created_at, SessionRow.expires_at).where(SessionRow.token_hash == _hash(token))
    ).one()
    user = UserRead.model_validate(database.execute(_USER).one())
    return SessionRead(user=user, created_at=session.created_at, expires_at=session.expires_at)


def end(database: Session, token: str) -> None:
    """End the session of this token."""
    database.execute(delete(SessionRow).where(SessionRow.token_hash == _hash(token)))


def end_all(database: Session) -> None:
    """End every session of this transaction's user."""
    database.execute(delete(SessionRow))


def purge(database: Session, limit: int) -> int:
    """Remove expired sessions of all users, at most `limit`; return how many there were."""
    count: int = database.execute(_PURGE, {"limit": limit}).scalar_one()
    return count


def purge_guests(database: Session, age: timedelta, limit: int) -> int:
    """Remove guests who own nothing and have not come for `age`, at most `limit`; return how many there were."""
    count: int = database.execute(_PURGE_GUESTS, {"age": age, "limit": limit}).scalar_one()
    return count


def hash_identity(identity: ExternalIdentity) -> bytes:
    """Return the key of an identity.

    The length makes it injective. The NUL, which no issuer contains, keeps it apart from former hashes.
    """
    issuer, subject = identity.issuer.encode(), identity.subject.encode()
    return hashlib.sha256(b"\0%d:%b%b" % (len(issuer), issuer, subject)).digest()


def _former_hash(identity: ExternalIdentity) -> bytes:
    """Return the key that versions before migration 0007 stored; another identity may have the same one."""
    return hashlib.sha256(f"{identity.issuer}\n{identity.subject}".encode()).digest()


def _hash(token: str) -> bytes:
    # A token has 256 random bits, so neither a salt nor a slow hash would make it harder to guess.
    return hashlib.sha256(token.encode()).digest()
