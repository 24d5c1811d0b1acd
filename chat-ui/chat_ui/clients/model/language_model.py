"""llama.cpp's OpenAI-compatible server."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any

from chat_ui.clients.http import Answer
from chat_ui.clients.model.cache_salt import may_use_cache, salted, salted_response
from chat_ui.clients.model.connection import ModelConnection, ModelStream
from chat_ui.clients.model.model_traits import ModelTraits, read_traits
from chat_ui.clients.model.stream_parser import ServerFault, read_lines, read_parts, refusal, stream_error
from chat_ui.errors import LanguageModelUnavailable
from chat_ui.models.prompts import ModelInfo, Part, Progress, Prompt, Turn

Json = dict[str, Any]

RELEASE_SECONDS = 5.0
"""Longest wait for the server to free the slot of a cancelled request."""
USER_TEXTS = ("messages", "input", "instructions", "tools")
RESPONSE_ENDS = ("response.completed", "response.incomplete", "response.failed")


class LanguageModelClient:
    def __init__(self, connection: ModelConnection) -> None:
        self._connection = connection
        self._traits = ModelTraits()
        self._traits_of: Json = {}
        """The model that `_traits` were read of."""

    async def close(self) -> None:
        await self._connection.close()

    async def describe(self) -> ModelInfo:
        """Name, slots and context, from `/v1/models` and `/props`.

        Raises:
            LanguageModelUnavailable: absent or still loading.
        """
        models = await self._connection.get("/v1/models", seconds=2)
        props = await self._connection.get("/props", seconds=2)
        if models.status != 200 or props.status != 200:
            raise LanguageModelUnavailable
        served, server = models.json()["data"], props.json()
        model = served[0]
        await self._learn({"id": model["id"], "meta": model.get("meta"), "template": server.get("chat_template")})
        return ModelInfo(
            name=model["id"],
            names=tuple(each["id"] for each in served),
            wanted=_wanted(model),
            slots=server["total_slots"],
            context_tokens=server["default_generation_settings"]["n_ctx"],
            writes_titles="no-titles" not in (model.get("tags") or ()),
        )

    async def models(self) -> dict[str, Any]:
        """The server's own list, in OpenAI's format.

        Raises:
            LanguageModelUnavailable: absent or still loading.
        """
        answer = await self._connection.get("/v1/models")
        if answer.status != 200:
            raise LanguageModelUnavailable
        models: dict[str, Any] = answer.json()
        return models

    async def _learn(self, model: Json) -> None:
        if model != self._traits_of:
            self._traits = await read_traits(self._connection, (model["meta"] or {}).get("n_vocab", 0))
            self._traits_of = model

    async def pass_through(self, path: str, request: Json, salt: str = "") -> AsyncGenerator[Json]:
        """The data of each event of a stream, unchanged. Closing the generator cancels the request.

        Args:
            request: its texts are sent without control tokens.
            salt: separates the user in the model's cache.

        Raises:
            LanguageModelUnavailable: absent, loading, or broke off before the end.
            LanguageModelRefused: the server refuses this request.
        """
        done = has_begun = False
        try:
            async with self._connection.post(path, self._guarded(request, salt)) as stream:
                await _raise_for_refusal(stream)
                async for line in read_lines(stream):
                    done = done or line == "data: [DONE]"
                    if not line.startswith("data: {"):
                        continue
                    chunk = json.loads(line[6:])
                    if "error" in chunk:
                        raise stream_error(chunk["error"])
                    done = done or chunk.get("type") in RESPONSE_ENDS
                    has_begun = has_begun or "prompt_progress" not in chunk
                    yield chunk
        except ServerFault as fault:
            raise await self._judged(fault, has_begun=has_begun) from fault
        if not done:
            raise LanguageModelUnavailable

    def _guarded(self, request: Json, salt: str) -> Json:
        """The request without control tokens in its texts, with the salt at its start."""
        tokens = self._traits.control_tokens
        request = request | {name: tokens.neutralized(request[name]) for name in USER_TEXTS if name in request}
        if "messages" in request:
            request["messages"] = salted(request["messages"], salt, self._traits)
        else:
            request = salted_response(request, salt, self._traits)
        return request if may_use_cache(request, self._traits) else request | {"cache_prompt": False}

    async def _judged(self, fault: ServerFault, *, has_begun: bool) -> Exception:
        """The error 500 of a server in good health is a refusal, unless it ended an answer that had begun."""
        if not has_begun:
            with suppress(LanguageModelUnavailable):
                if (await self._connection.get("/health", seconds=2)).status == 200:
                    return refusal(fault.words)
        return LanguageModelUnavailable()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part]:
        """The model's answer as it is generated, without the prefix that it repeats.

        Closing the generator cancels the request, and returns once the server has freed the slot.

        Raises:
            LanguageModelUnavailable: absent, loading, or broke off before the end.
            ContextExceeded: the prompt is too long.
            LanguageModelRefused: another refusal.
        """
        request = self._guarded(_request(prompt), prompt.salt)
        prefix = self._traits.control_tokens.neutralize(prompt.prefix)
        has_begun = False
        try:
            async with self._connection.post("/v1/chat/completions", request) as stream:
                await _raise_for_refusal(stream)
                async for part in read_parts(stream, prefix, seeking=not prompt.continues_answer):
                    has_begun = has_begun or not isinstance(part, Progress)
                    yield part
        except ServerFault as fault:
            raise await self._judged(fault, has_begun=has_begun) from fault
        except (asyncio.CancelledError, GeneratorExit):
            await _uninterrupted(self._wait_for_release(request))
            raise

    async def _wait_for_release(self, request: dict[str, Any]) -> None:
        """Wait until no slot works on this request.

        The server notices only after a batch that a client has left. Until then the slot, with everything that it has
        read, is closed to the next request of the same chat, which would be read from its start in another slot.
        """
        model = {"model": request["model"]} if "model" in request else None
        with suppress(TimeoutError, LanguageModelUnavailable):
            async with asyncio.timeout(RELEASE_SECONDS):
                while True:
                    answer = await self._connection.get("/slots", model)  # answered between two batches
                    slots = answer.json() if answer.status == 200 else ()
                    if not any(slot["is_processing"] and slot["params"]["seed"] == request["seed"] for slot in slots):
                        return
                    await asyncio.sleep(0.005)


async def _uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` even if cancelled again: leaving the page by sending a message cancels twice."""
    task = asyncio.create_task(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)


def _request(prompt: Prompt) -> dict[str, Any]:
    # Only fields that we chose: the server's sampling fields have crashed it.
    request: dict[str, Any] = {
        "messages": [_message(turn) for turn in prompt.turns],
        "max_tokens": prompt.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,
        "return_progress": True,
        "seed": secrets.randbelow(2**31),  # identifies this request among the server's slots
    }
    if prompt.model is not None:
        request["model"] = prompt.model
    if prompt.read_only:
        request["add_generation_prompt"] = False
    if prompt.temperature is not None:
        request["temperature"] = prompt.temperature
    if prompt.continues_answer or not prompt.thinks:
        # Without this, older builds refuse to continue an answer, and leave out its thoughts.
        request["chat_template_kwargs"] = {"enable_thinking": False}
    return request


def _message(turn: Turn) -> dict[str, str]:
    message = {"role": turn.role, "content": turn.content}
    return message | {"reasoning_content": turn.reasoning} if turn.reasoning else message


async def _raise_for_refusal(stream: ModelStream) -> None:
    if stream.status != 200:
        raise _refusal(Answer(stream.status, await stream.read()))


def _refusal(answer: Answer) -> Exception:
    if answer.status in (429, 502, 503, 504):
        return LanguageModelUnavailable()
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError):
        error = {"message": f"status {answer.status}"}
    return stream_error(error)


def _wanted(model: dict[str, Any]) -> str | None:
    """The model that this one stands in for, from lm-api's tag `wanted:NAME`; None when it is the wanted one."""
    tags = [str(tag).removeprefix("wanted:") for tag in model.get("tags") or () if str(tag).startswith("wanted:")]
    return next((tag for tag in tags if tag != model["id"]), None)
