"""The stream of llama.cpp's server, read line by line: what it says in the end, and nothing of how it says it.

The stream is read as raw lines: an SSE library and a JSON model per token would cost more than the rest of the way.
"""

import json
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
from pydantic_core import from_json

from chat_ui.errors import ContextExceeded, LanguageModelRefused, LanguageModelUnavailable
from chat_ui.models.prompts import Delta, Finish, Part, Progress, Thought
from chat_ui.ticks import next_tick

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""A model can write any bytes; Postgres and UTF-8 cannot hold these."""


class Lines:
    """Cuts a stream into lines. A line ends with a line feed and nothing else: httpx's own reader also splits at U+2028
    and its like, which a model may write."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, piece: bytes) -> list[bytes]:
        """The lines that this piece ends."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return lines


async def read_lines(response: httpx.Response) -> AsyncIterator[str]:
    lines = Lines()
    async for piece in response.aiter_bytes():
        for line in lines.cut(piece):
            yield line.decode(errors="replace")


async def read_parts(response: httpx.Response, prefix: str, *, seeking: bool) -> AsyncIterator[Part]:
    """What the model's event stream says, see `PartReader`; while it writes, the words of each beat together.

    A word that is read alone costs as much as all that have come meanwhile.

    Raises:
        LanguageModelUnavailable, ContextExceeded, LanguageModelRefused: it broke off, or says so itself.
    """
    lines, reader = Lines(), PartReader(prefix, seeking=seeking)
    async for piece in response.aiter_raw():
        parts = [part for line in lines.cut(piece) for part in reader.read(line)]
        for part in parts:
            yield part
        if reader.is_writing:
            await next_tick()
    for part in reader.end():
        yield part


class PartReader:
    """What the lines of the model's event stream say."""

    def __init__(self, prefix: str, *, seeking: bool) -> None:
        """
        Args:
            prefix: the begin of the answer that the model was given.
            seeking: thoughts may come, so `<think>` at the answer's begin is looked for.
        """
        self._own, self._tags = _WithoutPrefix(prefix), _ThinkTags(seeking=seeking)
        self._has_begun = False
        self._reason: str | None = None
        self._last: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}

    @property
    def is_writing(self) -> bool:
        """The first word has come, and the last one has not."""
        return self._has_begun and self._reason is None

    def read(self, line: bytes) -> Sequence[Part]:
        """
        Raises:
            LanguageModelUnavailable, ContextExceeded, LanguageModelRefused: the server says so itself.
        """
        if not line.startswith(b"data: {"):  # blank lines, comments and [DONE]
            return ()
        chunk = _read_json(line[6:])
        if "error" in chunk:
            raise stream_error(chunk["error"])
        self._last = chunk
        if usage := chunk.get("usage"):
            self._usage = usage
        if progress := chunk.get("prompt_progress"):
            return (Progress(progress["processed"], progress["total"]),)
        parts: list[Part] = []
        for choice in chunk["choices"]:
            delta = choice["delta"]
            if thought := delta.get("reasoning_content"):
                parts.append(Thought(_storable(thought)))
            if text := delta.get("content"):
                parts += self._tags.take(self._own.take(_storable(text)))
            self._reason = choice.get("finish_reason") or self._reason
            self._has_begun = self._has_begun or bool(parts)
        return parts

    def end(self) -> Sequence[Part]:
        """What is left to say at the stream's end.

        Raises:
            LanguageModelUnavailable: it broke off.
        """
        if self._reason is None:
            raise LanguageModelUnavailable
        last, usage = self._last, self._usage
        tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
        finish = Finish(self._reason, last.get("model"), *tokens, last.get("timings"))
        return [*self._tags.take(self._own.rest()), *self._tags.rest(), finish]


def _read_json(data: bytes) -> Any:
    try:
        return from_json(data)
    except ValueError:  # what is no UTF-8, or half a character: json takes it, in twice the time
        return json.loads(data.decode(errors="replace"))


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


class _ThinkTags:
    """Finds `<think>…</think>` at an answer's begin, where a server tells thoughts as a part of the answer."""

    def __init__(self, *, seeking: bool) -> None:
        self._seeking = seeking
        self._thinking = False
        self._answering = True
        """The blank lines between the thoughts and the answer are past."""
        self._held = ""
        """What may still become a tag."""

    def take(self, text: str) -> list[Part]:
        """What is certain of the answer so far and was not given out yet."""
        held, self._held = self._held + text, ""
        if self._seeking:
            begin = held.lstrip()
            if "<think>".startswith(begin):
                self._held = held
                return []
            self._seeking = False
            if begin.startswith("<think>"):
                self._thinking, held = True, begin.removeprefix("<think>")
        if not self._thinking:
            return self._answer(held)
        thought, tag, answer = held.partition("</think>")
        if tag:
            self._thinking, self._answering = False, False
            return _thoughts(thought) + self._answer(answer)
        certain = len(held) - next((n for n in range(7, 0, -1) if held.endswith("</think>"[:n])), 0)
        self._held = held[certain:]
        return _thoughts(held[:certain])

    def _answer(self, text: str) -> list[Part]:
        text = text if self._answering else text.lstrip()
        self._answering = self._answering or bool(text)
        return [Delta(text)] if text else []

    def rest(self) -> list[Part]:
        """What is still held back at the answer's end."""
        return _thoughts(self._held) if self._thinking else [Delta(self._held)] if self._held else []


def _thoughts(text: str) -> list[Part]:
    return [Thought(text)] if text else []


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def stream_error(error: dict[str, Any]) -> Exception:
    """The server's error as one of ours."""
    if error.get("type") == "exceed_context_size_error":
        return ContextExceeded(error["n_prompt_tokens"], error["n_ctx"])
    if error.get("code") in (500, 503):
        return LanguageModelUnavailable()
    return LanguageModelRefused(f"The language model refused this: {error.get('message', 'no reason given')}")
