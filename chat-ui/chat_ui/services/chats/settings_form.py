"""A chat's settings, converted between the form on the page and the values that db-api stores."""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

from chat_ui.errors import InvalidText
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import whole
from chat_ui.models.chats import ChatSettings
from chat_ui.text import clean, is_blank

SYSTEM_PROMPT_CHARS = 8_000
HIGHEST_TEMPERATURE = 2.0
MOST_TOKENS = 131_072
MODEL_CHARS = 200


@dataclass(frozen=True)
class SettingsForm:
    """The fields as typed; an empty one means the default."""

    system_prompt: str = ""
    temperature: str = ""
    max_tokens: str = ""
    model: str = ""


def settings_version(settings: ChatSettings) -> str:
    """Return a text that differs whenever the settings do."""
    return f"{crc32(settings.model_dump_json().encode()):08x}"


def show_settings(settings: ChatSettings) -> SettingsForm:
    return SettingsForm(
        settings.system_prompt or "",
        "" if settings.temperature is None else f"{settings.temperature:g}",
        "" if settings.max_tokens is None else str(settings.max_tokens),
        settings.model or "",
    )


def parse_settings(form: SettingsForm) -> dict[str, Any]:
    """The values of the fields that are filled in.

    Raises:
        InvalidText: a field is invalid; the sentence names it.
    """
    settings: dict[str, Any] = {}
    if not is_blank(form.system_prompt):
        settings["system_prompt"] = clean(form.system_prompt, what=_("The instruction text"), limit=SYSTEM_PROMPT_CHARS)
    if form.temperature.strip():
        settings["temperature"] = _temperature(form.temperature)
    if form.model.strip():
        settings["model"] = clean(form.model, what=_("The model name"), limit=MODEL_CHARS)
    if form.max_tokens.strip():
        settings["max_tokens"] = _max_tokens(form.max_tokens)
    return settings


def _temperature(text: str) -> float:
    try:
        temperature = float(text.replace(",", "."))
    except ValueError:
        temperature = -1
    if not 0 <= temperature <= HIGHEST_TEMPERATURE:
        raise InvalidText(
            _("The temperature must be a number from 0 to {highest}.").format(highest=f"{HIGHEST_TEMPERATURE:g}")
        )
    return temperature


def _max_tokens(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= MOST_TOKENS:
        raise InvalidText(
            _("The maximum reply length must be a whole number from 1 to {most}.").format(most=whole(MOST_TOKENS))
        )
    return int(text)
