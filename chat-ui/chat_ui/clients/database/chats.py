"""Chats and their messages in db-api. `session` is the session token of the person who asks."""

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
        """Pinned chats and then the others, last used first.

        Raises:
            InvalidText: `before` is no cursor.
        """
        query: dict[str, Any] = {"limit": limit, "archived": archived} | ({"before": before} if before else {})
        response = await self._api.call("GET", "/chats", session=session, query=query)
        return _chat_page.validate_json(response.content)

    async def open(self, session: str, name: str | None) -> ChatSummary:
        """The session's chat of this name, made where there is none; without a name always a new chat."""
        response = await self._api.call("POST", "/chats", session=session, body={"name": name} if name else {})
        return ChatSummary.model_validate_json(response.content)

    async def create(self, session: str, title: str | None, client_token: UUID) -> Chat:
        """A new chat, or the one that this token made."""
        body = {"client_token": str(client_token)} | ({"title": title} if title else {})
        response = await self._api.call("POST", "/chats", session=session, body=body)
        return Chat.model_validate_json(response.content)

    async def get(self, session: str, chat_id: UUID) -> Chat:
        response = await self._api.call("GET", f"/chats/{chat_id}", session=session)
        return Chat.model_validate_json(response.content)

    async def page(self, session: str, chat_id: UUID) -> PageContent:
        response = await self._api.call("GET", f"/chats/{chat_id}/page", session=session)
        return PageContent.model_validate_json(response.content)

    async def change(self, session: str, chat_id: UUID, *, if_version: str | None = None, **changes: Any) -> Chat:
        """Title, pinned, archived, settings: what is named.

        Raises:
            ChatChanged: the chat has another version by now.
        """
        query = {"if_version": if_version} if if_version else None
        response = await self._api.call("PATCH", f"/chats/{chat_id}", session=session, body=changes, query=query)
        return Chat.model_validate_json(response.content)

    async def suggest_title(self, session: str, chat_id: UUID, title: str) -> Chat:
        """The chat, with this title unless a person has given it another meanwhile."""
        return await self.change(session, chat_id, suggested_title=title)

    async def delete(self, session: str, chat_id: UUID, *, if_version: str | None = None) -> None:
        """Gone from every list at once; `restore` has it back for some minutes.

        Raises:
            ChatChanged: the chat has another version by now.
        """
        query = {"if_version": if_version} if if_version else None
        await self._api.call("DELETE", f"/chats/{chat_id}", session=session, query=query)

    async def restore(self, session: str, chat_id: UUID) -> None:
        await self._api.call("POST", f"/chats/{chat_id}/restore", session=session)

    async def search(self, session: str, words: str) -> Sequence[SearchHit]:
        """Titles and then messages that hold all these words or beginnings of words, newest first."""
        response = await self._api.call("GET", "/search", session=session, query={"q": words})
        return _search_hits.validate_json(response.content).items

    async def choose_branch(self, session: str, chat_id: UUID, message_id: UUID) -> None:
        """The current path becomes the one through this message, down to its newest leaf."""
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
    ) -> OpenedReply:
        """Stores the user's message and opens the reply for this writer, in one call.

        Args:
            title: used where the chat has none yet.
            parent_id: the message that this one answers, for a branch; left out, the end of the current path.

        Raises:
            ReplyRunning: the chat has a reply that is being written.
        """
        body: dict[str, Any] = {"content": content, "client_token": str(client_token), "title": title}
        if parent_id is not PATH_END:
            body["parent_id"] = str(parent_id) if parent_id else None
        response = await self._api.call("POST", f"/chats/{chat_id}/messages", session=session, lease=lease, body=body)
        opened = OpenedReply.model_validate_json(response.content)
        return opened.model_copy(update={"created": response.status == 201})
