"""How a chat's replies are written: instructions, temperature, length, model; or all of them from a preset."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, status
from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import InvalidText
from chat_ui.models.people import Visitor
from chat_ui.routes.pages.chats import to_chat
from chat_ui.services.chats.settings_form import SettingsForm, parse_settings, show_settings
from chat_ui.services.chats.sidebar import read_chat_list
from chat_ui.web.dependencies import App, KnownVisitor, Services
from chat_ui.web.settings_form import FilledForm, choices

router = APIRouter(prefix="/chats/{chat_id}/settings")


@router.get("")
async def read_settings(app: App, visitor: KnownVisitor, chat_id: UUID) -> HTMLResponse:
    return await settings_page(app, visitor, chat_id)


@router.post("")
async def save_settings(app: App, visitor: KnownVisitor, chat_id: UUID, form: FilledForm) -> Response:
    try:
        settings = parse_settings(form)
    except InvalidText as error:
        return await settings_page(app, visitor, chat_id, form, str(error))
    await app.chats.change(visitor.session, chat_id, settings=settings)
    return to_chat(chat_id)


@router.post("/preset")
async def use_preset(app: App, visitor: KnownVisitor, chat_id: UUID, preset_id: Annotated[UUID, Form()]) -> Response:
    """The chat gets a copy: what happens to the preset later does not touch it."""
    preset = await app.presets.get(visitor.session, preset_id)
    settings = preset.settings.model_dump(exclude_none=True)
    await app.chats.change(visitor.session, chat_id, settings=settings)
    return to_chat(chat_id)


async def settings_page(
    app: Services, visitor: Visitor, chat_id: UUID, form: SettingsForm | None = None, problem: str | None = None
) -> HTMLResponse:
    chat = await app.chats.get(visitor.session, chat_id)
    page = app.templates.render(
        "pages/chat_settings.html",
        chat=chat,
        sidebar=await read_chat_list(app.chats, visitor),
        form=form or show_settings(chat.settings),
        presets=await app.presets.list(visitor.session),
        problem=problem,
        **await choices(app),
    )
    return HTMLResponse(page, status.HTTP_422_UNPROCESSABLE_CONTENT if problem else status.HTTP_200_OK)
