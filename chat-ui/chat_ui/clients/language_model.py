"""llama.cpp's OpenAI-compatible server: what is asked of it and what its stream says.

The stream is read as raw lines: an SSE library and a JSON model per token would cost more than the rest of the way.
"""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from chat_ui.errors import ContextExceeded, LanguageModelRefused, LanguageModelUnavailable

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""A model can write any bytes; Postgres and UTF-8 cannot hold these."""


@dataclass(frozen=True)
class Turn:
    """One message of a prompt, in the OpenAI chat format."""

    role: str
    content: str


@dataclass(frozen=True)
class Prompt:
    """A question to the model. A last turn by the assistant is gone on with."""

    turns: tuple[Turn, ...]
    max_tokens: int
    temperature: float | None = None

    @property
    def prefix(self) -> str:
        """The text of the answer that the model is to go on from."""
        last = self.turns[-1]
        return last.content if last.role == "assistant" else ""


@dataclass(frozen=True)
class Progress:
    """How much of the prompt has been read, in tokens."""

    read: int
    total: int


@dataclass(frozen=True)
class Delta:
    text: str


@dataclass(frozen=True)
class Finish:
    """The stream's end. `reason` is `stop` or `length`; timings are llama.cpp's (`cache_n`, `prompt_n`, …)."""

    reason: str
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    timings: dict[str, Any] | None


@dataclass(frozen=True)
class ModelInfo:
    """Which model answers, and how it is served."""

    name: str
    wanted: str | None
    """The model that was asked for, where another one had to be served instead."""
    slots: int
    context_tokens: int
    """What one slot remembers."""

    @property
    def is_demo(self) -> bool:
        return self.name == "demo"


class LanguageModelClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

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
        model, server = models.json()["data"][0], props.json()
        return ModelInfo(
            name=model["id"],
            wanted=_wanted(model),
            slots=server["total_slots"],
            context_tokens=server["default_generation_settings"]["n_ctx"],
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

    async def complete(self, request: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """The chunks of a streamed completion as the server sends them. Closing the generator cancels it.

        Raises:
            LanguageModelUnavailable: absent, loading, or broke off before the end.
            LanguageModelRefused: it will not do this.
        """
        done = False
        try:
            async with self._http.stream("POST", "/v1/chat/completions", json=request) as response:
                if response.status_code != 200:
                    await response.aread()
                    raise _refusal(response)
                async for line in response.aiter_lines():
                    done = done or line == "data: [DONE]"
                    if not line.startswith("data: {"):
                        continue
                    chunk = json.loads(line[6:])
                    if "error" in chunk:
                        raise _stream_error(chunk["error"])
                    yield chunk
        except httpx.TransportError as error:
            raise LanguageModelUnavailable from error
        if not done:
            raise LanguageModelUnavailable

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Progress | Delta | Finish]:
        """The model's answer as it is generated, without the prefix that it repeats. Closing the generator cancels it.

        Raises:
            LanguageModelUnavailable: absent, loading, or broke off before the end.
            ContextExceeded: the prompt is too long.
            LanguageModelRefused: another refusal.
        """
        try:
            async with self._http.stream("POST", "/v1/chat/completions", json=_request(prompt)) as response:
                if response.status_code != 200:
                    await response.aread()
                    raise _refusal(response)
                async for part in _read(response.aiter_lines(), prompt.prefix):
                    yield part
        except httpx.TransportError as error:
            raise LanguageModelUnavailable from error


def _request(prompt: Prompt) -> dict[str, Any]:
    # Only fields that we chose: the server's sampling fields have crashed it.
    request: dict[str, Any] = {
        "messages": [{"role": turn.role, "content": turn.content} for turn in prompt.turns],
        "max_tokens": prompt.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,
        "return_progress": True,
    }
    if prompt.temperature is not None:
        request["temperature"] = prompt.temperature
    return request


async def _read(lines: AsyncIterator[str], prefix: str) -> AsyncIterator[Progress | Delta | Finish]:
    reason, own = None, _WithoutPrefix(prefix)
    last: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    async for line in lines:
        if not line.startswith("data: {"):  # blank lines, comments and [DONE]; read to the end, to keep the connection
            continue
        chunk = json.loads(line[6:])
        if "error" in chunk:
            raise _stream_error(chunk["error"])
        last, usage = chunk, chunk.get("usage") or usage
        if "prompt_progress" in chunk:
            yield Progress(chunk["prompt_progress"]["processed"], chunk["prompt_progress"]["total"])
        for choice in chunk["choices"]:
            text = _UNSTORABLE.sub("\ufffd", choice["delta"].get("content") or "")
            if text := own.take(text):
                yield Delta(text)
            reason = choice.get("finish_reason") or reason
    if reason is None:
        raise LanguageModelUnavailable
    if text := own.rest():
        yield Delta(text)
    yield Finish(
        reason, last.get("model"), usage.get("prompt_tokens"), usage.get("completion_tokens"), last.get("timings")
    )


class _WithoutPrefix:
    """Takes the prefix off an answer that repeats it, as some builds of the server do; others begin with what is new.

    Text is held back for as long as it could be the prefix, and given out whole once it is not.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._held = ""

    def take(self, text: str) -> str:
        """What of the answer so far is new and was not given out yet."""
        self._held += text
        if len(self._held) < len(self._prefix) and self._prefix.startswith(self._held):
            return ""
        new = self._held.removeprefix(self._prefix)
        self._prefix = self._held = ""
        return new

    def rest(self) -> str:
        """What is still held back at the answer's end."""
        return self._held


def _refusal(response: httpx.Response) -> Exception:
    if response.status_code in (429, 502, 503, 504):
        return LanguageModelUnavailable()
    try:
        error = response.json()["error"]
    except (ValueError, KeyError):
        error = {"message": f"status {response.status_code}"}
    return _stream_error(error)


def _stream_error(error: dict[str, Any]) -> Exception:
    if error.get("type") == "exceed_context_size_error":
        return ContextExceeded(error["n_prompt_tokens"], error["n_ctx"])
    if error.get("code") in (500, 503):
        return LanguageModelUnavailable()
    return LanguageModelRefused(f"The language model refused this: {error.get('message', 'no reason given')}")


def _wanted(model: dict[str, Any]) -> str | None:
    """lm-api tags a model with the one that was asked for (`wanted:NAME`), which is the same unless it stands in."""
    tags = [str(tag).removeprefix("wanted:") for tag in model.get("tags") or () if str(tag).startswith("wanted:")]
    return next((tag for tag in tags if tag != model["id"]), None)
