"""Sessions in db-api."""

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.errors import SessionUnknown
from chat_ui.models.people import Session


class SessionsClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def open_guest(self) -> Session:
        response = await self._api.call("POST", "/sessions", body={})
        return Session.model_validate_json(response.content)

    async def open_for(self, issuer: str, subject: str, seconds: int) -> Session:
        """A session for a user of another identity provider; the first one creates the user."""
        body = {"identity": {"issuer": issuer, "subject": subject}, "lifetime_seconds": seconds}
        response = await self._api.call("POST", "/sessions", body=body)
        return Session.model_validate_json(response.content)

    async def is_known(self, token: str) -> bool:
        """Whether db-api knows this session."""
        try:
            await self._api.call("GET", "/session", session=token)
        except SessionUnknown:
            return False
        return True
