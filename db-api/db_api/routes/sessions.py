from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter

from db_api.dependencies import CurrentSettings, Database, RequiredToken, UserDatabase
from db_api.repositories import sessions
from db_api.schemas.sessions import SessionCreate, SessionCreated, SessionRead

router = APIRouter(tags=["sessions"])


@router.post("/sessions", status_code=HTTPStatus.CREATED)
async def create_session(wanted: SessionCreate, database: Database, settings: CurrentSettings) -> SessionCreated:
    """Create a session for a new guest, or for a user of another identity provider."""
    if wanted.identity:
        lifetime = timedelta(seconds=wanted.lifetime_seconds)
        return await database.run(sessions.open_for_identity, wanted.identity, lifetime)
    return await database.run(sessions.create_guest, timedelta(days=settings.session_days))


@router.get("/session")
async def read_session(database: UserDatabase, token: RequiredToken) -> SessionRead:
    """The session and its user."""
    return await database.run(sessions.read, token)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
async def end_session(database: UserDatabase, token: RequiredToken) -> None:
    """Sign out."""
    await database.run(sessions.end, token)


@router.delete("/sessions", status_code=HTTPStatus.NO_CONTENT)
async def end_all_sessions(database: UserDatabase) -> None:
    """Sign out of all sessions."""
    await database.run(sessions.end_all)
