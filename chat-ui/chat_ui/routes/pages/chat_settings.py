"""How a chat's replies are written: instructions, temperature, length and model, typed or applied from a preset."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.models.chats import ChatSettings
from chat_ui.models.people import Visitor
from chat_ui.services.chats.settings_form import SettingsForm, parse_settings, settings_version, show_settings
from chat_ui.web.dependencies import App, KnownVisitor, Services
from chat_ui.web.pages.frame import show, to_chat
from chat_ui.web.pages.settings_form import FilledForm, choices

router = APIRouter(prefix="/chats/{chat_id}/settings")


@router.get("")
async def read_settings(app: App, visitor: KnownVisitor, chat_id: UUID) -> HTMLResponse:
    return await settings_page(app, visitor, chat_id)


@router.post("")
async def save_settings(
    app: App, visitor: KnownVisitor, chat_id: UUID, form: FilledForm, was: Annotated[str | None, Form()] = None
) -> Response:
    """`was` is the version of the settings that the form started from."""
    try:
        settings = parse_settings(form)
    except InvalidText as error:
        return await settings_page(app, visitor, chat_id, form, str(error))
    now = (await app.chats.get(visitor.session, chat_id)).settings
    if was not in (None, settings_version(now)) and now != ChatSettings(**settings):
        changed = _("These settings were changed elsewhere meanwhile. Save again to replace them with yours below.")
        return await settings_page(app, visitor, chat_id, form, changed)
    await app.chats.change(visitor.session, chat_id, settings=settings)
    return to_chat(chat_id)


@router.post("/preset")
async def apply_preset(app: App, visitor: KnownVisitor, chat_id: UUID, preset_id: Annotated[UUID, Form()]) -> Response:
    """Copy the preset's settings to the chat; later changes of the preset do not affect it."""
    preset = await app.presets.get(visitor.session, preset_id)
    await app.chats.change(visitor.session, chat_id, settings=preset.settings.model_dump(exclude_none=True))
    return to_chat(chat_id)


async def settings_page(
    app: Services, visitor: Visitor, chat_id: UUID, form: SettingsForm | None = None, problem: str | None = None
) -> HTMLResponse:
    chat = await app.chats.get(visitor.session, chat_id)
    return await show(
        app,
        visitor,
        "pages/chat_settings.html",
        problem=problem,
        chat=chat,
        form=form or show_settings(chat.settings),
        version=settings_version(chat.settings),
        presets=await app.presets.list(visitor.session),
        **await choices(app),
    )
