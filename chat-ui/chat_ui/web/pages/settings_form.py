"""The form of a chat's settings, which the pages of a chat and of a preset share."""

from typing import Annotated, Any

from fastapi import Depends, Form

from chat_ui.services.chats.settings_form import SettingsForm
from chat_ui.web.dependencies import Services

Field = Annotated[str, Form()]


async def read_form(
    system_prompt: Field = "", temperature: Field = "", max_tokens: Field = "", model: Field = ""
) -> SettingsForm:
    return SettingsForm(system_prompt, temperature, max_tokens, model)


FilledForm = Annotated[SettingsForm, Depends(read_form)]


async def choices(app: Services) -> dict[str, Any]:
    """What the form offers: the models to choose from, and the default length of a reply."""
    info = await app.model_servers.current()
    return {"models": info.names if info else (), "max_reply_tokens": app.settings.max_reply_tokens}
