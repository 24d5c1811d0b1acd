"""Requests that may come again, and their answers, in db-api."""

from uuid import UUID

from chat_ui.clients.database.api import DatabaseApi


class IdempotencyKeysClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def claim(self, session: str, token: UUID, request: str) -> str | None:
        """The answer that this request got before; None: it is the caller's to carry out.

        Raises:
            KeyReused: the token came with another request.
            KeyInUse: another process carries it out.
        """
        body = {"token": str(token), "request": request}
        response = await self._api.call("POST", "/idempotency-keys", session=session, body=body)
        answer: str | None = response.json()["answer"]
        return answer

    async def keep(self, session: str, token: UUID, answer: str | None = None) -> None:
        """Its answer; without one, that it is still being carried out."""
        await self._api.call("PATCH", f"/idempotency-keys/{token}", session=session, body={"answer": answer})

    async def release(self, session: str, token: UUID) -> None:
        """It failed, and may be tried anew."""
        await self._api.call("DELETE", f"/idempotency-keys/{token}", session=session)
