"""The first page: a name leads to a chat."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.models.authorities import read_authority
from chat_ui.models.people import Visitor
from chat_ui.text import NAME_CHARS, clean_line
from chat_ui.web.dependencies import App, MaybeVisitor, Services, VisitorOrGuest, WantsFragment, services_of
from chat_ui.web.pages.frame import show, to_page
from chat_ui.web.pages.new_chat import start_chat

router = APIRouter()


@router.get("/")
async def home(app: App, request: Request, visitor: MaybeVisitor, deleted: UUID | None = None) -> HTMLResponse:
    """`deleted` names a chat that was just deleted; the page offers to restore it."""
    localhost = None if visitor else _at_localhost(request)
    return await home_page(app, visitor, deleted=deleted, localhost=localhost)


@router.post("/chats")
async def open_chat(
    app: App,
    visitor: VisitorOrGuest,
    fragment: WantsFragment,
    name: Annotated[str | None, Form()] = None,
    content: Annotated[str, Form()] = "",
    client_token: Annotated[UUID | None, Form()] = None,
    preset_id: Annotated[UUID | None, Form()] = None,
) -> Response:
    """With a first message: a new chat that begins with it. With a name: this browser's chat of that name.

    With neither: a new chat.
    """
    if content or client_token:
        return await start_chat(app, visitor, content, client_token or uuid4(), preset_id, fragment=fragment)
    try:
        name = clean_line(name, what=_("Your name"), limit=NAME_CHARS) if name is not None else None
    except InvalidText as error:
        return await home_page(app, visitor, name=name or "", problem=str(error))
    chat = await app.chats.open(visitor.session, name)
    return to_page(f"/chats/{chat.id}")


async def home_page(
    app: Services,
    visitor: Visitor | None,
    *,
    name: str = "",
    problem: str | None = None,
    deleted: UUID | None = None,
    localhost: str | None = None,
) -> HTMLResponse:
    """`localhost` is where this browser may have chats that it does not show here."""
    return await show(
        app,
        visitor,
        "pages/home.html",
        problem=problem,
        deleted=deleted,
        localhost=localhost,
        name=name,
        name_chars=NAME_CHARS,
        model=await app.model_servers.current(),
    )


def _at_localhost(request: Request) -> str | None:
    """The same page at localhost, Parley's canonical address, for a visitor of 127.0.0.1 or ::1.

    Browsers keep the cookies of the two apart, and so the chats.
    """
    here = read_authority(request.headers.get("host", ""))
    if here is None or not (here.host.startswith("127.") or here.host == "::1"):
        return None
    port = f":{here.port}" if here.port else ""
    return f"{request.url.scheme}://localhost{port}{services_of(request).settings.public.prefix}/"
