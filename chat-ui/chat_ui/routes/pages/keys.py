"""The API keys of whoever looks: made, shown once, revoked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, status
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.models.people import ApiKey, Visitor
from chat_ui.services.chats.sidebar import read_chat_list
from chat_ui.text import NAME_CHARS, clean
from chat_ui.web.dependencies import App, KnownVisitor, MaybeVisitor, Services, VisitorOrGuest

router = APIRouter(prefix="/keys")

SCOPES = {"all": ("read", "chat"), "read": ("read",)}
Field = Annotated[str, Form()]


@router.get("")
async def list_keys(app: App, visitor: MaybeVisitor) -> HTMLResponse:
    return await keys_page(app, visitor)


@router.post("")
async def create_key(app: App, visitor: VisitorOrGuest, name: Field = "", may: Field = "all") -> HTMLResponse:
    """The answer is the page that shows the key, this once."""
    try:
        name = clean(name, what=_("The key's name"), limit=NAME_CHARS)
    except InvalidText as error:
        return await keys_page(app, visitor, problem=str(error))
    made = await app.keys.create(visitor.session, name, SCOPES.get(may, SCOPES["read"]))
    return await keys_page(app, visitor, made=made)


@router.post("/{key_id}/revoke")
async def revoke_key(app: App, visitor: KnownVisitor, key_id: UUID) -> Response:
    await app.keys.revoke(visitor.session, key_id)
    return RedirectResponse("/keys", status.HTTP_303_SEE_OTHER)


async def keys_page(
    app: Services, visitor: Visitor | None, *, made: ApiKey | None = None, problem: str | None = None
) -> HTMLResponse:
    page = app.templates.render(
        "pages/keys.html",
        chat=None,
        sidebar=await read_chat_list(app.chats, visitor) if visitor else None,
        keys=await app.keys.list(visitor.session) if visitor else (),
        made=made,
        problem=problem,
        name_chars=NAME_CHARS,
    )
    status_code = status.HTTP_422_UNPROCESSABLE_CONTENT if problem else status.HTTP_200_OK
    return HTMLResponse(page, status_code, {"Cache-Control": "no-store"})
