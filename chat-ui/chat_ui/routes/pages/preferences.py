"""How this browser shows the pages: language and colours."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, status
from fastapi.responses import HTMLResponse, RedirectResponse

from chat_ui.language.reader import LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, Theme
from chat_ui.services.chats.sidebar import read_chat_list
from chat_ui.web.dependencies import App, MaybeVisitor
from chat_ui.web.session import MAX_AGE_SECONDS

router = APIRouter(prefix="/settings")

Field = Annotated[str, Form()]


@router.get("")
async def read_page_settings(app: App, request: Request, visitor: MaybeVisitor) -> HTMLResponse:
    page = app.templates.render(
        "pages/settings.html",
        chat=None,
        sidebar=await read_chat_list(app.chats, visitor),
        languages=LANGUAGES,
        chosen_language=request.cookies.get(LANGUAGE_COOKIE),
    )
    return HTMLResponse(page)


@router.post("")
async def save_page_settings(request: Request, language: Field = "", theme: Field = "") -> RedirectResponse:
    """What is none of the choices is the browser's own."""
    response = RedirectResponse("/settings", status.HTTP_303_SEE_OTHER)
    chosen = {
        LANGUAGE_COOKIE: language if language in LANGUAGES else "",
        THEME_COOKIE: theme if theme in set(Theme) else "",
    }
    for name, value in chosen.items():
        response.set_cookie(
            name,
            value,
            MAX_AGE_SECONDS if value else 0,
            samesite="lax",
            secure=request.url.scheme == "https",
            httponly=True,
        )
    return response
