"""The OpenAI-compatible door: stateless, through the same queue, limits and counts as every other reply."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from chat_ui.clients.language_model import LanguageModelClient
from chat_ui.services.generation import Generator
from chat_ui.services.prompt import neutralize
from chat_ui.services.queue import FairQueue
from chat_ui.services.token_counter import TokenCounter
from chat_ui.session import Visitor

Json = dict[str, Any]


class Completions:
    def __init__(
        self,
        model: LanguageModelClient,
        generator: Generator,
        queue: FairQueue,
        token_counter: TokenCounter,
        *,
        max_tokens: int,
    ) -> None:
        self._model = model
        self._generator = generator
        self._queue = queue
        self._token_counter = token_counter
        self._max_tokens = max_tokens

    async def stream(self, visitor: Visitor, request: Json) -> AsyncGenerator[Json]:
        """llama.cpp's own chunks, the last one with the usage. Closing the generator frees the slot.

        Raises:
            QueueFull: too many wait.
            LanguageModelUnavailable: it is absent, loading, or broke off.
            LanguageModelRefused: it will not do this.
        """
        self._queue.refuse_if_full()
        self._queue.resize(await self._generator.slots())
        usage, pieces = Json(), 0
        async with self._queue.turn(visitor.user_id, lambda _: None):
            try:
                async with aclosing(self._model.complete(self._prepare(request))) as chunks:
                    async for chunk in chunks:
                        usage = chunk.get("usage") or usage
                        pieces += 1
                        yield chunk
            finally:
                tokens = usage.get("total_tokens", pieces)
                self._token_counter.add(visitor.user_id, visitor.key_id, tokens)

    async def complete(self, visitor: Visitor, request: Json) -> Json:
        """The whole answer. It is streamed inside: a request that does not stream runs on when nobody waits for it."""
        async with aclosing(self.stream(visitor, request)) as chunks:
            return await join_chunks(chunks)

    def _prepare(self, request: Json) -> Json:
        wanted = request.get("max_completion_tokens") or request.get("max_tokens") or self._max_tokens
        return request | {
            "messages": [_neutral(message) for message in request["messages"]],
            "max_tokens": min(wanted, self._max_tokens),
            "stream": True,
            "stream_options": {"include_usage": True},
        }


async def join_chunks(chunks: AsyncIterator[Json]) -> Json:
    """One `chat.completion` out of the chunks of a stream."""
    whole: Json = {}
    message: Json = {"role": "assistant", "content": None}
    choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": None}
    async for chunk in chunks:
        whole |= {name: value for name, value in chunk.items() if name != "choices"}
        for part in chunk["choices"]:
            _join_delta(message, part.get("delta") or {})
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
            if part.get("logprobs"):
                logprobs = choice["logprobs"] = choice["logprobs"] or {"content": []}
                logprobs["content"] += part["logprobs"]["content"]
    if message["content"] is None and "tool_calls" not in message:
        message["content"] = ""
    return whole | {"object": "chat.completion", "choices": [choice]}


def _join_delta(message: Json, delta: Json) -> None:
    for name in ("content", "reasoning_content"):
        if delta.get(name):
            message[name] = (message.get(name) or "") + delta[name]
    for call in delta.get("tool_calls") or ():
        calls = message.setdefault("tool_calls", [])
        while len(calls) <= call["index"]:
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        whole = calls[call["index"]]
        whole["id"] = call.get("id") or whole["id"]
        for name, text in (call.get("function") or {}).items():
            whole["function"][name] += text or ""


def _neutral(message: Json) -> Json:
    """A message whose text holds no control token."""
    content = message.get("content")
    if isinstance(content, str):
        return message | {"content": neutralize(content)}
    if isinstance(content, list):
        return message | {"content": [_neutral_part(part) for part in content]}
    return message


def _neutral_part(part: Json) -> Json:
    return part | {"text": neutralize(part["text"])} if isinstance(part.get("text"), str) else part


def without_usage(chunk: Json) -> Json | None:
    """The chunk as somebody gets it who did not ask for the usage; None where it has nothing else."""
    return {name: value for name, value in chunk.items() if name != "usage"} if chunk["choices"] else None


def as_event(chunk: Json | str) -> bytes:
    data = chunk if isinstance(chunk, str) else json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
    return f"data: {data}\n\n".encode(errors="replace")
