"""Idempotency keys in db-api: requests that may be repeated, and their answers."""

from uuid import UUID

from chat_ui.clients.database.api import DatabaseApi


class IdempotencyKeysClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def claim(self, session: str, token: UUID, request: str) -> str | None:
        """The earlier answer to this request; None if the caller must process it.

        Raises:
            KeyReused: the token was used with another request.
            KeyInUse: another process is processing the request.
        """
        body = {"token": str(token), "request": request}
        response = await self._api.call("POST", "/idempotency-keys", session=session, body=body)
        answer: str | None = response.json()["answer"]
        return answer

    async def keep(self, session: str, token: UUID, answer: str | None = None) -> None:
        """Store the answer; without one, renew the claim."""
        await self._api.call("PATCH", f"/idempotency-keys/{token}", session=session, body={"answer": answer})

    async def release(self, session: str, token: UUID) -> None:
        """Give up the claim after a failure, so that the request may be retried."""
        await self._api.call("DELETE", f"/idempotency-keys/{token}", session=session)
