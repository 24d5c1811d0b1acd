"""Replies in db-api, for their writers and readers."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.language.translation import marked
from chat_ui.models.base import Value
from chat_ui.models.chats import Status
from chat_ui.models.replies import Chunk, ClaimedReply, OpenedReply, Outcome, Refused, ReplyText

MAX_CLAIMED = 100
"""db-api's limit for one request."""

ATTEMPTS_USED_UP = marked("The reply could not be written after several attempts. Regenerate it.")
"""The error that db-api stores for a reply whose writers vanish again and again."""


class _Claims(Value):
    items: tuple[ClaimedReply, ...]


_refused = TypeAdapter(Refused)
_claims = TypeAdapter(_Claims)


class RepliesClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def open_another(
        self, session: str, lease: UUID, message_id: UUID, client_token: UUID | None = None
    ) -> OpenedReply:
        """Open another reply to the same message (regenerate); a repeated token returns the first result."""
        query = {"client_token": str(client_token)} if client_token else None
        path = f"/messages/{message_id}/replies"
        response = await self._api.call("POST", path, session=session, lease=lease, query=query)
        opened = OpenedReply.model_validate_json(response.content)
        return opened.model_copy(update={"created": response.status == 201})

    async def read(self, session: str, reply_id: UUID, after: int = 0) -> ReplyText:
        response = await self._api.call("GET", f"/replies/{reply_id}", session=session, query={"after": after})
        return ReplyText.model_validate_json(response.content)

    async def stop(self, session: str, reply_id: UUID) -> None:
        """Stop a reply, whichever process writes it. Stored text stays; the writer's next write is refused."""
        await self._api.call("PATCH", f"/replies/{reply_id}", session=session, body={"status": Status.STOPPED})

    async def reopen(self, session: str, lease: UUID, reply_id: UUID) -> OpenedReply:
        """Queue an ended reply again, to continue from its text."""
        response = await self._api.call(
            "PATCH", f"/replies/{reply_id}", session=session, lease=lease, body={"status": Status.QUEUED}
        )
        return OpenedReply.model_validate_json(response.content)

    async def append(self, lease: UUID, chunks: Sequence[Chunk]) -> Refused:
        """Store chunks of many replies and renew their leases; return those that were refused."""
        body = {
            "replies": [
                {"reply_id": str(c.reply_id), "status": c.status, "position": c.position, "text": c.text}
                for c in chunks
            ]
        }
        response = await self._api.call("POST", "/replies/chunks", lease=lease, body=body)
        return _refused.validate_json(response.content)

    async def end(self, lease: UUID, reply_id: UUID, text: str, outcome: Outcome) -> None:
        """Store the whole reply and its outcome.

        Raises:
            LeaseLost: another process has taken over, or the reply was stopped elsewhere.
        """
        body = outcome.model_dump(mode="json") | {"content": text}
        await self._api.call("PATCH", f"/replies/{reply_id}", lease=lease, body=body)

    async def claim(self, lease: UUID, limit: int) -> Sequence[ClaimedReply]:
        """Take over replies whose lease has expired."""
        response = await self._api.call("POST", "/replies/claims", lease=lease, body={"limit": min(limit, MAX_CLAIMED)})
        return _claims.validate_json(response.content).items

    async def release(self, lease: UUID) -> None:
        """Give up all replies of this writer, so that another process can claim them at once."""
        await self._api.call("DELETE", "/replies/claims", lease=lease)
