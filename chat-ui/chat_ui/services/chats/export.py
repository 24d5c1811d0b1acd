"""A chat as a Markdown or JSON file to download."""

import json
import unicodedata
from enum import StrEnum
from typing import Any

from chat_ui.language.translation import gettext as _
from chat_ui.markdown.blocks import close_blocks
from chat_ui.models.chats import Chat, Message, Role
from chat_ui.text import cut

NAME_CHARS = 60


class Format(StrEnum):
    MARKDOWN = "md"
    JSON = "json"


MEDIA_TYPES = {Format.MARKDOWN: "text/markdown; charset=utf-8", Format.JSON: "application/json"}


def export(chat: Chat, kind: Format) -> str:
    """The current branch, oldest message first. Only JSON includes the thoughts."""
    return as_markdown(chat) if kind is Format.MARKDOWN else as_json(chat)


def as_markdown(chat: Chat) -> str:
    parts = [f"# {chat.label}", *(_section(chat, message) for message in chat.path)]
    return "\n\n".join(parts) + "\n"


def as_json(chat: Chat) -> str:
    messages = [_entry(message) for message in chat.path]
    summary = chat.model_dump(mode="json", include={"id", "name", "title", "settings", "created_at", "updated_at"})
    return json.dumps(summary | {"messages": messages}, ensure_ascii=False, indent=2) + "\n"


def file_name(chat: Chat, kind: Format) -> str:
    """A name that every file system accepts: the title without most signs.

    >>> from types import SimpleNamespace
    >>> file_name(SimpleNamespace(label="How far? / Überall…"), Format.JSON)
    'How far Überall.json'
    """
    name = "".join(char if _is_harmless(char) else " " for char in chat.label)
    name = cut(" ".join(name.split()).lstrip("- "), NAME_CHARS).rstrip()
    return f"{name if name and name.upper() not in RESERVED_NAMES else f'chat {name}'.rstrip()}.{kind}"


RESERVED_NAMES = frozenset(("CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10))))
"""Devices of Windows, whatever the ending."""


def _is_harmless(char: str) -> bool:
    # Letters with their marks, digits, the joiners that form letters in some scripts, and a few signs.
    return unicodedata.category(char)[0] in "LMN" or char in "\u200c\u200d -_#+"


def _entry(message: Message) -> dict[str, Any]:
    fields = {"role", "created_at", "status", "model", "prompt_tokens", "completion_tokens"}
    entry = message.model_dump(mode="json", include=fields, exclude_none=True) | {"content": message.answer}
    if message.reasoning.thoughts:
        entry |= {"reasoning": message.reasoning.thoughts, "reasoning_seconds": message.reasoning.seconds}
    return entry


def _section(chat: Chat, message: Message) -> str:
    speaker = (chat.name or _("You")) if message.role is Role.USER else "Parley"
    return f"## {speaker}\n\n{close_blocks(message.answer)}"
