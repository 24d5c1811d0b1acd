"""Replies in db-api: what their writer stores, and what their reader may ask."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.models.base import Value
from chat_ui.models.chats import Status
from chat_ui.models.replies import Chunk, ClaimedReply, OpenedReply, Outcome, Refused, ReplyText

MOST_CLAIMED = 100
"""At once; db-api refuses to be asked for more."""


class _Claims(Value):
    items: tuple[ClaimedReply, ...]


_refused = TypeAdapter(Refused)
_claims = TypeAdapter(_Claims)


class RepliesClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def open_another(self, session: str, lease: UUID, message_id: UUID) -> OpenedReply:
        """Another reply to the same user's message (regenerate)."""
        response = await self._api.call("POST", f"/messages/{message_id}/replies", session=session, lease=lease)
        return OpenedReply.model_validate_json(response.content)

    async def read(self, session: str, reply_id: UUID, after: int = 0) -> ReplyText:
        response = await self._api.call("GET", f"/replies/{reply_id}", session=session, query={"after": after})
        return ReplyText.model_validate_json(response.content)

    async def stop(self, session: str, reply_id: UUID) -> None:
        """Stops a reply whoever writes it: what is stored stays, and its writer's next write is refused."""
        await self._api.call("PATCH", f"/replies/{reply_id}", session=session, body={"status": Status.STOPPED})

    async def reopen(self, session: str, lease: UUID, reply_id: UUID) -> OpenedReply:
        """Queues an ended reply again, to go on from its text (continue)."""
        response = await self._api.call(
            "PATCH", f"/replies/{reply_id}", session=session, lease=lease, body={"status": Status.QUEUED}
        )
        return OpenedReply.model_validate_json(response.content)

    async def append(self, lease: UUID, chunks: Sequence[Chunk]) -> Refused:
        """Stores chunks of many replies and renews their leases. What could not be stored is returned."""
        body = {
            "replies": [
                {"reply_id": str(c.reply_id), "status": c.status, "position": c.position, "text": c.text}
                for c in chunks
            ]
        }
        response = await self._api.call("POST", "/replies/chunks", lease=lease, body=body)
        return _refused.validate_json(response.content)

    async def end(self, lease: UUID, reply_id: UUID, text: str, outcome: Outcome) -> None:
        """Stores the whole reply and how it ended.

        Raises:
            LeaseLost: another process writes it, or its user stopped it elsewhere.
        """
        body = outcome.model_dump(mode="json") | {"content": text}
        await self._api.call("PATCH", f"/replies/{reply_id}", lease=lease, body=body)

    async def claim(self, lease: UUID, limit: int) -> Sequence[ClaimedReply]:
        """Takes over replies whose writer stopped renewing its lease."""
        response = await self._api.call(
            "POST", "/replies/claims", lease=lease, body={"limit": min(limit, MOST_CLAIMED)}
        )
        return _claims.validate_json(response.content).items

    async def release(self, lease: UUID) -> None:
        """Gives up all replies of this writer, so that another claims them at once."""
        await self._api.call("DELETE", "/replies/claims", lease=lease)
