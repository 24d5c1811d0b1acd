"""How this browser shows the pages: language and colours."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from chat_ui.language.reader import LANGUAGE_COOKIE, LANGUAGES
from chat_ui.web.dependencies import App, MaybeVisitor
from chat_ui.web.pages.frame import show, to_page
from chat_ui.web.preferences import read_choice, save_preferences

router = APIRouter(prefix="/settings")

Field = Annotated[str, Form()]


@router.get("")
async def read_preferences(app: App, request: Request, visitor: MaybeVisitor) -> HTMLResponse:
    chosen = read_choice(request, LANGUAGE_COOKIE)
    return await show(app, visitor, "pages/settings.html", languages=LANGUAGES, chosen_language=chosen)


@router.post("")
async def change_preferences(request: Request, language: Field = "", theme: Field = "") -> RedirectResponse:
    """An unknown value stands for the browser's default."""
    response = to_page("/settings")
    save_preferences(request, response, language, theme)
    return response
