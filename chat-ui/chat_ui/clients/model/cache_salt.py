"""The salt at the start of each user's prompts, which separates users in the model server's cache."""

from collections.abc import Iterator
from typing import Any

from chat_ui.clients.model.model_traits import ModelTraits

Json = dict[str, Any]

INSTRUCTING = ("system", "developer")


def salted(messages: list[Json], salt: str, traits: ModelTraits) -> list[Json]:
    """Put the salt at the very start of the prompt that the chat template makes of these messages.

    In the system prompt's first line it is no part of the conversation. Where the template writes the system prompt
    elsewhere, or accepts none, the first message begins with the salt.
    """
    if not salt:
        return messages
    if traits.accepts_system:
        if messages and messages[0].get("role") in INSTRUCTING:
            messages = [messages[0] | {"content": _begun(messages[0].get("content"), salt)}, *messages[1:]]
        else:
            messages = [{"role": "system", "content": _begun(traits.default_instructions, salt)}, *messages]
    return messages if _is_enough(traits) else list(_with_salted_turn(messages, salt))


def salted_response(request: Json, salt: str, traits: ModelTraits) -> Json:
    """Put the salt at the very start of the prompt of a request to `/v1/responses`."""
    if not salt:
        return request
    given = request.get("input", "")
    items: list[Json] = given if isinstance(given, list) else [{"role": "user", "content": given}]
    if "instructions" in request:
        request = request | {"instructions": _begun(request["instructions"], salt)}
        return request if _is_enough(traits) else request | {"input": list(_with_salted_turn(items, salt))}
    first, *others = with_salt = salted(items, salt, traits)
    if len(with_salt) > len(items):  # a system prompt was added
        return request | {"instructions": first["content"], "input": given if others == items else others}
    return request | {"input": with_salt}


def may_use_cache(request: Json, traits: ModelTraits) -> bool:
    """Whether nothing that the user sent stands before the salt."""
    return traits.system_before_tools or not request.get("tools")


def _is_enough(traits: ModelTraits) -> bool:
    return traits.accepts_system and traits.system_first


def _with_salted_turn(messages: list[Json], salt: str) -> Iterator[Json]:
    unsalted = True
    for message in messages:
        if unsalted and message.get("role") not in (None, *INSTRUCTING):
            message, unsalted = message | {"content": _begun(message.get("content"), salt)}, False
        yield message


def _begun(content: Any, salt: str) -> Any:
    if isinstance(content, list):
        kinds = (part.get("type") for part in content if isinstance(part, dict) and "text" in part)
        return [{"type": next(kinds, "text"), "text": f"{salt}\n\n"}, *content]
    return f"{salt}\n\n{content}" if content else salt
