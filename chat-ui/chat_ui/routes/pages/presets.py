"""Presets: settings that a person keeps under a name, to start chats with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import InvalidText, PresetNameTaken, QuotaReached
from chat_ui.language.translation import gettext as _
from chat_ui.models.people import Visitor
from chat_ui.services.chats.settings_form import SettingsForm, parse_settings, show_settings
from chat_ui.text import NAME_CHARS, clean_line
from chat_ui.web.dependencies import App, KnownVisitor, MaybeVisitor, Services, VisitorOrGuest
from chat_ui.web.pages.frame import show, to_page
from chat_ui.web.pages.settings_form import FilledForm, choices

router = APIRouter(prefix="/presets")

Name = Annotated[str, Form()]


@router.get("")
async def list_presets(app: App, visitor: MaybeVisitor) -> HTMLResponse:
    presets = await app.presets.list(visitor.session) if visitor else ()
    return await show(app, visitor, "pages/presets.html", presets=presets)


@router.get("/new")
async def new_preset(app: App, visitor: MaybeVisitor) -> HTMLResponse:
    return await preset_page(app, visitor, SettingsForm())


@router.post("/new")
async def preset_from_chat(app: App, visitor: KnownVisitor, form: FilledForm) -> HTMLResponse:
    """The form of a new preset, filled with a chat's settings."""
    return await preset_page(app, visitor, form)


@router.post("")
async def create_preset(app: App, visitor: VisitorOrGuest, form: FilledForm, name: Name = "") -> Response:
    try:
        await app.presets.create(visitor.session, clean_name(name), parse_settings(form))
    except PresetNameTaken as error:
        if not await exists(app, visitor, clean_name(name), form):  # else the form was sent twice
            return await preset_page(app, visitor, form, name=name, problem=str(error))
    except (InvalidText, QuotaReached) as error:
        return await preset_page(app, visitor, form, name=name, problem=str(error))
    return to_page("/presets")


@router.get("/{preset_id}")
async def read_preset(app: App, visitor: KnownVisitor, preset_id: UUID) -> HTMLResponse:
    preset = await app.presets.get(visitor.session, preset_id)
    return await preset_page(app, visitor, show_settings(preset.settings), preset_id, name=preset.name)


@router.post("/{preset_id}")
async def change_preset(
    app: App, visitor: KnownVisitor, preset_id: UUID, form: FilledForm, name: Name = ""
) -> Response:
    try:
        await app.presets.change(visitor.session, preset_id, clean_name(name), parse_settings(form))
    except (InvalidText, PresetNameTaken) as error:
        return await preset_page(app, visitor, form, preset_id, name=name, problem=str(error))
    return to_page("/presets")


@router.post("/{preset_id}/delete")
async def delete_preset(app: App, visitor: KnownVisitor, preset_id: UUID) -> Response:
    await app.presets.delete(visitor.session, preset_id)
    return to_page("/presets")


@router.post("/{preset_id}/chats")
async def start_chat(app: App, visitor: KnownVisitor, preset_id: UUID) -> Response:
    """Start a chat with a copy of the preset's settings."""
    preset = await app.presets.get(visitor.session, preset_id)
    chat = await app.chats.open(visitor.session, None)
    await app.chats.change(visitor.session, chat.id, settings=preset.settings.model_dump(exclude_none=True))
    return to_page(f"/chats/{chat.id}")


async def exists(app: Services, visitor: Visitor, name: str, form: SettingsForm) -> bool:
    """Whether the visitor has this very preset."""
    presets = await app.presets.list(visitor.session)
    return any(preset.name == name and show_settings(preset.settings) == form for preset in presets)


def clean_name(name: str) -> str:
    return clean_line(name, what=_("The preset's name"), limit=NAME_CHARS)


async def preset_page(
    app: Services,
    visitor: Visitor | None,
    form: SettingsForm,
    preset_id: UUID | None = None,
    *,
    name: str = "",
    problem: str | None = None,
) -> HTMLResponse:
    return await show(
        app,
        visitor,
        "pages/preset.html",
        problem=problem,
        preset_id=preset_id,
        form=form,
        name=name,
        name_chars=NAME_CHARS,
        **await choices(app),
    )
