"""Sessions: who comes with a token."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from db_api.errors import SessionUnknown
from db_api.models import Session as SessionRow
from db_api.models import User
from db_api.prepared import Call
from db_api.repositories.keys import KEY_MARK, hash_key
from db_api.schemas.sessions import IdentityRead, SessionCreated, SessionRead, UserRead

_CREATE_GUEST = text("SELECT create_guest(:token_hash, :lifetime)")
_ENTER_IDENTITY = text("SELECT enter_identity(:identity_hash, :issuer, :subject, :token_hash, :lifetime)")
_USER = select(User.id, User.username, User.display_name, User.created_at)


def enter(database: Session, token: str) -> None:
    """Make this transaction work for the user of a session's token or of an API key.

    Raises:
        SessionUnknown: no session has this token, or not any more.
    """
    call = entering(token)
    if database.connection().exec_driver_sql(call.statement, call.arguments).scalar() is None:
        raise SessionUnknown


def entering(token: str) -> Call:
    """What makes a transaction work for whom the token or key belongs to; its answer is their id, or null."""
    if token.startswith(KEY_MARK):
        return Call("SELECT enter_key(%s)", (hash_key(token),))
    return Call("SELECT enter_session(%s)", (_hash(token),))


def create_guest(database: Session, lifetime: timedelta) -> SessionCreated:
    """A new user and their first session. The token is told once: only its hash is kept."""
    token = secrets.token_urlsafe(32)
    database.execute(_CREATE_GUEST, {"token_hash": _hash(token), "lifetime": lifetime})
    session = read(database, token)
    return SessionCreated(token=token, user=session.user, expires_at=session.expires_at)


def open_for_identity(database: Session, identity: IdentityRead, lifetime: timedelta) -> SessionCreated:
    """A session for whom another provider vouched; they become a user on first sight."""
    token = secrets.token_urlsafe(32)
    identity_hash = hashlib.sha256(f"{identity.issuer}\n{identity.subject}".encode()).digest()
    entered = {"identity_hash": identity_hash, "token_hash": _hash(token), "lifetime": lifetime}
    database.execute(_ENTER_IDENTITY, entered | identity.model_dump())
    session = read(database, token)
    return SessionCreated(token=token, user=session.user, expires_at=session.expires_at)


def read(database: Session, token: str) -> SessionRead:
    session = database.execute(
        select(SessionRow.created_at, SessionRow.expires_at).where(SessionRow.token_hash == _hash(token))
    ).one()
    user = UserRead.model_validate(database.execute(_USER).one())
    return SessionRead(user=user, created_at=session.created_at, expires_at=session.expires_at)


def end(database: Session, token: str) -> None:
    database.execute(delete(SessionRow).where(SessionRow.token_hash == _hash(token)))


def end_all(database: Session) -> None:
    """End every session of this transaction's user."""
    database.execute(delete(SessionRow))


def _hash(token: str) -> bytes:
    # A token is 256 random bits: no salt and no slow hash could make it harder to guess.
    return hashlib.sha256(token.encode()).digest()
