"""llama.cpp's OpenAI-compatible server: what is asked of it."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any

import httpx

from chat_ui.clients.model.stream_parser import read_lines, read_parts, stream_error
from chat_ui.errors import LanguageModelUnavailable
from chat_ui.models.prompts import ModelInfo, Part, Prompt, Turn

RELEASE_SECONDS = 5.0
"""So long a closed request is waited for at most, until the server has let go of it."""
RESPONSE_ENDS = ("response.completed", "response.incomplete", "response.failed")


class LanguageModelClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def close(self) -> None:
        await self._http.aclose()

    async def describe(self) -> ModelInfo:
        """Asks `/v1/models` and `/props`.

        Raises:
            LanguageModelUnavailable: it is absent or still loading.
        """
        try:
            models = await self._http.get("/v1/models", timeout=2)
            props = await self._http.get("/props", timeout=2)
        except httpx.TransportError as error:
            raise LanguageModelUnavailable from error
        if models.status_code != 200 or props.status_code != 200:
            raise LanguageModelUnavailable
        served, server = models.json()["data"], props.json()
        model = served[0]
        return ModelInfo(
            name=model["id"],
            names=tuple(each["id"] for each in served),
            wanted=_wanted(model),
            slots=server["total_slots"],
            context_tokens=server["default_generation_settings"]["n_ctx"],
            writes_titles="no-titles" not in (model.get("tags") or ()),
        )

    async def models(self) -> dict[str, Any]:
        """The server's own list, in OpenAI's shape."""
        try:
            response = await self._http.get("/v1/models", timeout=5)
        except httpx.TransportError as error:
            raise LanguageModelUnavailable from error
        if response.status_code != 200:
            raise LanguageModelUnavailable
        models: dict[str, Any] = response.json()
        return models

    async def pass_through(self, path: str, request: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """The data of a stream's events as the server sends them. Closing the generator cancels it.

        Raises:
            LanguageModelUnavailable: absent, loading, or broke off before the end.
            LanguageModelRefused: it will not do this.
        """
        done = False
        try:
            async with self._http.stream("POST", path, json=request) as response:
                if response.status_code != 200:
                    await response.aread()
                    raise _refusal(response)
                async for line in read_lines(response):
                    done = done or line == "data: [DONE]"
                    if not line.startswith("data: {"):
                        continue
                    chunk = json.loads(line[6:])
                    if "error" in chunk:
                        raise stream_error(chunk["error"])
                    done = done or chunk.get("type") in RESPONSE_ENDS
                    yield chunk
        except httpx.TransportError as error:
            raise LanguageModelUnavailable from error
        if not done:
            raise LanguageModelUnavailable

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Part]:
        """The model's answer as it is generated, without the prefix that it repeats. Closing the generator cancels it,
        and returns when the server has let go of the slot.

        Raises:
            LanguageModelUnavailable: absent, loading, or broke off before the end.
            ContextExceeded: the prompt is too long.
            LanguageModelRefused: another refusal.
        """
        request = _request(prompt)
        try:
            async with self._http.stream("POST", "/v1/chat/completions", json=request) as response:
                if response.status_code != 200:
                    await response.aread()
                    raise _refusal(response)
                async for part in read_parts(response, prompt.prefix, seeking=not prompt.continues_answer):
                    yield part
        except httpx.TransportError as error:
            raise LanguageModelUnavailable from error
        except (asyncio.CancelledError, GeneratorExit):
            await _to_its_end(self._let_go(request))
            raise

    async def _let_go(self, request: dict[str, Any]) -> None:
        """Waits until no slot works on this request.

        The server notices that a client left only when a batch is through. Until then the slot, and all that it has
        read, is closed to the next request of the same chat: that would read everything again in another slot.
        """
        model = {"model": request["model"]} if "model" in request else None
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(RELEASE_SECONDS):
                while True:
                    response = await self._http.get("/slots", params=model)  # answered between two batches
                    slots = response.json() if response.status_code == 200 else ()
                    if not any(slot["is_processing"] and slot["params"]["seed"] == request["seed"] for slot in slots):
                        return
                    await asyncio.sleep(0.005)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Not cut short by another cancellation: who leaves the page by sending a message causes two."""
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
        "seed": secrets.randbelow(2**31),  # the name by which the server's slots tell this request from others
    }
    if prompt.model is not None:
        request["model"] = prompt.model
    if prompt.read_only:
        request["add_generation_prompt"] = False
    if prompt.temperature is not None:
        request["temperature"] = prompt.temperature
    if prompt.continues_answer or not prompt.thinks:
        # Older builds refuse to go on from an answer, and leave its thoughts out, unless no new ones are wanted.
        request["chat_template_kwargs"] = {"enable_thinking": False}
    return request


def _message(turn: Turn) -> dict[str, str]:
    message = {"role": turn.role, "content": turn.content}
    return message | {"reasoning_content": turn.reasoning} if turn.reasoning else message


def _refusal(response: httpx.Response) -> Exception:
    if response.status_code in (429, 502, 503, 504):
        return LanguageModelUnavailable()
    try:
        error = response.json()["error"]
    except (ValueError, KeyError):
        error = {"message": f"status {response.status_code}"}
    return stream_error(error)


def _wanted(model: dict[str, Any]) -> str | None:
    """lm-api tags a model with the one that was asked for (`wanted:NAME`), which is the same unless it stands in."""
    tags = [str(tag).removeprefix("wanted:") for tag in model.get("tags") or () if str(tag).startswith("wanted:")]
    return next((tag for tag in tags if tag != model["id"]), None)
