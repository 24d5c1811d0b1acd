"""Chats and their messages in db-api. `session` is the visitor's session token."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.models.chats import PATH_END, Chat, ChatPage, ChatSummary, PageContent, PathEnd, SearchHit, SearchHits
from chat_ui.models.replies import OpenedReply

_chat_page = TypeAdapter(ChatPage)
_search_hits = TypeAdapter(SearchHits)


class ChatsClient:
    def __init__(self, api: DatabaseApi) -> None:
        self._api = api

    async def list(
        self, session: str, *, limit: int = 50, before: str | None = None, archived: bool = False
    ) -> ChatPage:
        """Pinned chats, then the others, most recently used first.

        Raises:
            InvalidText: `before` is not a cursor.
        """
        query: dict[str, Any] = {"limit": limit, "archived": archived} | ({"before": before} if before else {})
        response = await self._api.call("GET", "/chats", session=session, query=query)
        return _chat_page.validate_json(response.content)

    async def open(self, session: str, name: str | None) -> ChatSummary:
        """The session's chat with this name, created if there is none. Without a name, always a new chat."""
        response = await self._api.call("POST", "/chats", session=session, body={"name": name} if name else {})
        return ChatSummary.model_validate_json(response.content)

    async def create(self, session: str, title: str | None, client_token: UUID) -> Chat:
        """A new chat, or the chat that was created with this token."""
        body = {"client_token": str(client_token)} | ({"title": title} if title else {})
        response = await self._api.call("POST", "/chats", session=session, body=body)
        return Chat.model_validate_json(response.content)

    async def get(self, session: str, chat_id: UUID, *, through: UUID | None = None) -> Chat:
        """The chat with its current path, or with the path of the branch through a message.

        Raises:
            MessageNotFound: the chat has no message `through`.
        """
        response = await self._api.call("GET", f"/chats/{chat_id}", session=session, query=_through(through))
        return Chat.model_validate_json(response.content)

    async def page(self, session: str, chat_id: UUID, *, through: UUID | None = None) -> PageContent:
        response = await self._api.call("GET", f"/chats/{chat_id}/page", session=session, query=_through(through))
        return PageContent.model_validate_json(response.content)

    async def change(self, session: str, chat_id: UUID, *, if_version: str | None = None, **changes: Any) -> Chat:
        """Change title, pinned, archived or settings, as given in `changes`.

        Raises:
            ChatChanged: the chat's version is no longer `if_version`.
        """
        query = {"if_version": if_version} if if_version else None
        response = await self._api.call("PATCH", f"/chats/{chat_id}", session=session, body=changes, query=query)
        return Chat.model_validate_json(response.content)

    async def suggest_title(self, session: str, chat_id: UUID, title: str) -> Chat:
        """Set this title unless the user has set one, and return the chat."""
        return await self.change(session, chat_id, suggested_title=title)

    async def delete(
        self, session: str, chat_id: UUID, *, if_version: str | None = None, repeated: bool = False
    ) -> None:
        """Delete the chat; for some minutes `restore` undoes it. With `repeated`, a deleted chat is no error.

        Raises:
            ChatChanged: the chat's version is no longer `if_version`.
        """
        query: dict[str, Any] = {"if_version": if_version} if if_version else {}
        query |= {"repeated": "true"} if repeated else {}
        await self._api.call("DELETE", f"/chats/{chat_id}", session=session, query=query or None)

    async def restore(self, session: str, chat_id: UUID) -> None:
        await self._api.call("POST", f"/chats/{chat_id}/restore", session=session)

    async def search(self, session: str, words: str) -> Sequence[SearchHit]:
        """Titles, then messages, that contain words beginning with each of `words`; newest first."""
        response = await self._api.call("GET", "/search", session=session, query={"q": words})
        return _search_hits.validate_json(response.content).items

    async def choose_branch(self, session: str, chat_id: UUID, message_id: UUID) -> None:
        """Make the path through this message, down to its newest leaf, the current one."""
        await self.change(session, chat_id, current_message_id=str(message_id))

    async def add_message(
        self,
        session: str,
        lease: UUID,
        chat_id: UUID,
        content: str,
        client_token: UUID,
        *,
        title: str,
        parent_id: UUID | PathEnd | None = PATH_END,
        follows: UUID | None = None,
    ) -> OpenedReply:
        """Store the user's message and open the reply for this writer, in one call.

        Args:
            title: used if the chat has none.
            parent_id: the message that this one follows, for a branch; by default the end of the current path.

            follows: the last message that the writer saw; the new one is added at the end of that branch.

        Raises:
            ReplyRunning: a reply of this chat is being written.
        """
        body: dict[str, Any] = {"content": content, "client_token": str(client_token), "title": title}
        if follows is not None:
            body["follows"] = str(follows)
        if parent_id is not PATH_END:
            body["parent_id"] = str(parent_id) if parent_id else None
        response = await self._api.call("POST", f"/chats/{chat_id}/messages", session=session, lease=lease, body=body)
        opened = OpenedReply.model_validate_json(response.content)
        return opened.model_copy(update={"created": response.status == 201})


def _through(message_id: UUID | None) -> dict[str, str] | None:
    return {"through": str(message_id)} if message_id else None
