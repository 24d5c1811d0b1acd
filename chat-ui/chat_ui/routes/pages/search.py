"""All chats, the archive, and the search through their texts."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from chat_ui.models.chats import SearchHit
from chat_ui.services.chats.sidebar import read_chat_list
from chat_ui.text import compose
from chat_ui.web.dependencies import App, KnownVisitor, MaybeVisitor, WantsFragment
from chat_ui.web.pages.frame import show, to_message

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
    """A part of the list; as a fragment, the next part for a list that is scrolled."""
    part = await read_chat_list(app.chats, visitor, before=before, archived=archived, under=under)
    if fragment:
        return HTMLResponse(app.templates.render("partials/chat_list.html", list=part, chat=None))
    return await show(app, visitor, "pages/chats.html", list=part)


@router.get("/search")
async def search(app: App, visitor: MaybeVisitor, fragment: WantsFragment, q: Words = "") -> HTMLResponse:
    words = compose(q.replace("\0", " "))[:MAX_WORDS_CHARS].strip()
    hits: Sequence[SearchHit] = await app.chats.search(visitor.session, words) if words and visitor else ()
    if fragment:
        return HTMLResponse(app.templates.render("partials/search_hits.html", words=words, hits=hits))
    return await show(app, visitor, "pages/search.html", words=words, hits=hits)


@router.get("/chats/{chat_id}/messages/{message_id}")
async def show_message(app: App, visitor: KnownVisitor, chat_id: UUID, message_id: UUID) -> RedirectResponse:
    """Lead to the chat at this message, on the branch through it; the current branch stays as it is."""
    await app.chats.get(visitor.session, chat_id, through=message_id)
    return to_message(chat_id, message_id)
