"""The first page: a name leads to a chat."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, status
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.models.people import Visitor
from chat_ui.services.chats.sidebar import read_chat_list
from chat_ui.text import NAME_CHARS, clean
from chat_ui.web.dependencies import App, MaybeVisitor, Services, VisitorOrGuest

router = APIRouter()


@router.get("/")
async def home(app: App, visitor: MaybeVisitor, deleted: UUID | None = None) -> HTMLResponse:
    """`deleted` names a chat that was just deleted: the page offers to have it back."""
    return await home_page(app, visitor, deleted=deleted)


@router.post("/chats")
async def open_chat(app: App, visitor: VisitorOrGuest, name: Annotated[str | None, Form()] = None) -> Response:
    """With a name: the chat of that name in this browser. Without: a new one."""
    try:
        name = clean(name, what=_("Your name"), limit=NAME_CHARS) if name is not None else None
    except InvalidText as error:
        return await home_page(app, visitor, name=name or "", problem=str(error))
    chat = await app.chats.open(visitor.session, name)
    return RedirectResponse(f"/chats/{chat.id}", status.HTTP_303_SEE_OTHER)


async def home_page(
    app: Services,
    visitor: Visitor | None,
    *,
    name: str = "",
    problem: str | None = None,
    deleted: UUID | None = None,
) -> HTMLResponse:
    page = app.templates.render(
        "pages/home.html",
        sidebar=await read_chat_list(app.chats, visitor),
        chat=None,
        deleted=deleted,
        name=name,
        problem=problem,
        name_chars=NAME_CHARS,
        model=await app.model_servers.current(),
    )
    return HTMLResponse(page, status.HTTP_422_UNPROCESSABLE_CONTENT if problem else status.HTTP_200_OK)
