"""A chat that is not stored yet: its first message creates it."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from chat_ui.services.chats.composer import Composer
from chat_ui.web.dependencies import App, MaybeVisitor
from chat_ui.web.pages.new_chat import new_chat_page

router = APIRouter()


@router.get("/chats/new")
async def new_chat(app: App, visitor: MaybeVisitor, preset: UUID | None = None) -> HTMLResponse:
    return await new_chat_page(app, visitor, Composer(app.settings.max_message_chars, preset_id=preset))
