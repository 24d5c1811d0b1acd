"""The visitor's API keys: created, shown once, revoked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import InvalidText, QuotaReached
from chat_ui.language.translation import gettext as _
from chat_ui.models.people import ApiKey, Visitor
from chat_ui.text import NAME_CHARS, clean_line
from chat_ui.web.dependencies import App, KnownVisitor, MaybeVisitor, Services, VisitorOrGuest
from chat_ui.web.pages.frame import show, to_page

router = APIRouter(prefix="/keys")

SCOPES = {"all": ("read", "chat"), "read": ("read",)}
"""By the form's choices of permissions."""
Field = Annotated[str, Form()]


@router.get("")
async def list_keys(app: App, visitor: MaybeVisitor) -> HTMLResponse:
    return await keys_page(app, visitor)


@router.post("")
async def create_key(app: App, visitor: VisitorOrGuest, name: Field = "", permissions: Field = "all") -> HTMLResponse:
    """Answer with the page that shows the new key, this once."""
    try:
        name = clean_line(name, what=_("The key's name"), limit=NAME_CHARS)
        created = await app.keys.create(visitor.session, name, SCOPES.get(permissions, SCOPES["read"]))
    except (InvalidText, QuotaReached) as error:
        return await keys_page(app, visitor, problem=str(error))
    return await keys_page(app, visitor, created=created)


@router.post("/{key_id}/revoke")
async def revoke_key(app: App, visitor: KnownVisitor, key_id: UUID) -> Response:
    await app.keys.revoke(visitor.session, key_id)
    return to_page("/keys")


async def keys_page(
    app: Services, visitor: Visitor | None, *, created: ApiKey | None = None, problem: str | None = None
) -> HTMLResponse:
    keys = await app.keys.list(visitor.session) if visitor else ()
    page = await show(
        app, visitor, "pages/keys.html", problem=problem, keys=keys, created=created, name_chars=NAME_CHARS
    )
    page.headers["Cache-Control"] = "no-store"
    return page
