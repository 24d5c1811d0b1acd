"""All chats, the archive, and the search over their texts."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from chat_ui.models.chats import SearchHit
from chat_ui.routes.pages.chats import to_chat
from chat_ui.services.chats.sidebar import read_chat_list
from chat_ui.web.dependencies import App, KnownVisitor, MaybeVisitor, WantsFragment

router = APIRouter()

MAX_WORDS_CHARS = 200

Words = Annotated[str, Query(max_length=MAX_WORDS_CHARS)]
Cursor = Annotated[str | None, Query(max_length=100)]
Label = Annotated[str | None, Query(max_length=40)]


@router.get("/chats")
async def list_chats(
    app: App,
    visitor: KnownVisitor,
    fragment: WantsFragment,
    before: Cursor = None,
    under: Label = None,
    *,
    archived: bool = False,
) -> HTMLResponse:
    """A page of the list; as a fragment for the list that goes on as it is scrolled."""
    part = await read_chat_list(app.chats, visitor, before=before, archived=archived, under=under)
    if fragment:
        return HTMLResponse(app.templates.render("partials/chat_list.html", list=part, chat=None))
    sidebar = await read_chat_list(app.chats, visitor)
    return HTMLResponse(app.templates.render("pages/chats.html", list=part, sidebar=sidebar, chat=None))


@router.get("/search")
async def search(app: App, visitor: MaybeVisitor, fragment: WantsFragment, q: Words = "") -> HTMLResponse:
    words = q.replace("\0", " ").strip()
    hits: Sequence[SearchHit] = await app.chats.search(visitor.session, words) if words and visitor else ()
    if fragment:
        return HTMLResponse(app.templates.render("partials/search_hits.html", words=words, hits=hits))
    sidebar = await read_chat_list(app.chats, visitor)
    page = app.templates.render("pages/search.html", words=words, hits=hits, sidebar=sidebar, chat=None)
    return HTMLResponse(page)


@router.get("/chats/{chat_id}/messages/{message_id}")
async def show_message(app: App, visitor: KnownVisitor, chat_id: UUID, message_id: UUID) -> RedirectResponse:
    """The chat at this message, on whichever branch it stands."""
    chat = await app.chats.get(visitor.session, chat_id)
    if all(message.id != message_id for message in chat.path):
        await app.chats.choose_branch(visitor.session, chat_id, message_id)
    return to_chat(chat_id, anchor=f"message-{message_id}")
