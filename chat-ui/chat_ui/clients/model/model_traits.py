"""What is learned about a model once: its control tokens, and how its chat template begins a prompt."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from chat_ui.clients.model.connection import ModelConnection
from chat_ui.clients.model.control_tokens import KNOWN, ControlTokens, candidates
from chat_ui.errors import LanguageModelUnavailable

Json = dict[str, Any]

BLOCK = 32_768
"""Tokens of the vocabulary that are fetched at once."""

SYSTEM, FIRST, ANSWER, LAST, TOOL = "PARLEYSYSTEM", "PARLEYFIRST", "PARLEYANSWER", "PARLEYLAST", "PARLEYTOOL"
"""Words that mark a place in a prompt."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelTraits:
    control_tokens: ControlTokens = field(default_factory=ControlTokens)
    default_instructions: str = ""
    """What the template says to the model where no system prompt does."""
    accepts_system: bool = True
    system_first: bool = True
    """The system prompt comes before everything else that a user sends."""
    system_before_tools: bool = True


async def read_traits(connection: ModelConnection, vocabulary_size: int) -> ModelTraits:
    """
    Raises:
        LanguageModelUnavailable: the server went away meanwhile.
    """
    try:
        tokens = await _control_tokens(connection, vocabulary_size)
    except (ValueError, KeyError, TypeError):
        logger.warning("the model's vocabulary cannot be read; known control tokens are used instead")
        tokens = ControlTokens()
    try:
        return await _template_traits(connection, tokens)
    except (ValueError, KeyError, TypeError):
        logger.warning("the model's chat template cannot be tried; it is assumed to begin with the system prompt")
        return ModelTraits(tokens)


async def _control_tokens(connection: ModelConnection, size: int) -> ControlTokens:
    """The tokens that llama.cpp recognises in a prompt but would not in plain text, and known ones that it has at all.

    Known ones (`<think>`) are in some vocabularies as ordinary tokens, and mean something to template and parser.
    """
    if not size:
        return ControlTokens()
    blocks = (list(range(start, min(start + BLOCK, size))) for start in range(0, size, BLOCK))
    texts = [(await _post(connection, "/detokenize", {"tokens": block}))["content"] for block in blocks]
    possible = set(candidates("\n".join(texts)))
    as_prompt, as_text = [await _pieces(connection, sorted(possible), special=special) for special in (True, False)]
    return ControlTokens(possible & as_prompt - (as_text - KNOWN))


async def _pieces(connection: ModelConnection, texts: list[str], *, special: bool) -> set[str]:
    request = {"content": "\n".join(texts), "parse_special": special, "with_pieces": True}
    tokens = (await _post(connection, "/tokenize", request))["tokens"]
    return {token["piece"] for token in tokens if isinstance(token["piece"], str)}


async def _template_traits(connection: ModelConnection, tokens: ControlTokens) -> ModelTraits:
    system, user = {"role": "system", "content": SYSTEM}, {"role": "user", "content": FIRST}
    long = [system, user, {"role": "assistant", "content": ANSWER}, {"role": "user", "content": LAST}]
    tool = {"type": "function", "function": {"name": TOOL, "description": TOOL, "parameters": {"type": "object"}}}
    bare = await _prompt(connection, [user])
    try:
        plain, whole = await _prompt(connection, [system, user]), await _prompt(connection, long)
        with_tool = await _prompt(connection, [system, user], tools=[tool])
    except ValueError:
        return ModelTraits(tokens, accepts_system=False, system_before_tools=False)
    return ModelTraits(
        tokens,
        _default_instructions(plain, bare),
        accepts_system=SYSTEM in plain,
        system_first=_in_order(whole, SYSTEM, FIRST),
        system_before_tools=_in_order(with_tool, SYSTEM, TOOL),
    )


def _default_instructions(plain: str, bare: str) -> str:
    """What stands in the prompt without a system prompt in its place."""
    before, _, after = plain.partition(SYSTEM)
    if not (len(bare) >= len(before) + len(after) and bare.startswith(before) and bare.endswith(after)):
        return ""
    default = bare[len(before) : len(bare) - len(after)].strip()
    return "" if FIRST in default else default


def _in_order(prompt: str, earlier: str, later: str) -> bool:
    return earlier in prompt and (later not in prompt or prompt.index(earlier) < prompt.index(later))


async def _prompt(connection: ModelConnection, messages: list[Json], **more: Any) -> str:
    prompt: str = (await _post(connection, "/apply-template", {"messages": messages} | more))["prompt"]
    return prompt


async def _post(connection: ModelConnection, path: str, body: Json) -> Json:
    async with connection.post(path, body) as stream:
        content = await stream.read()
    if stream.status in (502, 503, 504):
        raise LanguageModelUnavailable
    if stream.status != 200:
        raise ValueError(f"{path} answered {stream.status}")
    answer: Json = json.loads(content)
    return answer
