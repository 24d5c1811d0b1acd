"""The event stream of llama.cpp's server, parsed into parts.

It is split into lines by hand: an SSE library and a JSON schema per token would dominate `bench streams`.
"""

import json
import logging
import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Any

from pydantic_core import from_json

from chat_ui.clients.model.think_tags import ThinkTags
from chat_ui.errors import ContextExceeded, LanguageModelRefused, LanguageModelUnavailable
from chat_ui.models.prompts import Finish, Part, Progress, Thought
from chat_ui.ticks import next_tick

MAX_LOGGED_CHARS = 2_000
MAX_GIST_CHARS = 500

logger = logging.getLogger(__name__)

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""A model can write these characters; Postgres and UTF-8 cannot store them."""


class Lines:
    """Cuts a stream into lines. Only a line feed ends one: a model may write U+2028 and other line separators."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, piece: bytes) -> list[bytes]:
        """The lines that this piece completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return lines


async def read_lines(stream: AsyncIterable[bytes]) -> AsyncIterator[str]:
    lines = Lines()
    async for piece in stream:
        for line in lines.cut(piece):
            yield line.decode(errors="replace")


async def read_parts(stream: AsyncIterable[bytes], prefix: str, *, seeking: bool) -> AsyncIterator[Part]:
    """The parts of an event stream, see `PartReader`. While the model writes, the words of each tick come together.

    Raises:
        LanguageModelUnavailable: the stream broke off, or reports an error of the server.
        ContextExceeded, LanguageModelRefused: as the stream reports it.
    """
    lines, reader = Lines(), PartReader(prefix, seeking=seeking)
    async for piece in stream:
        parts = [part for line in lines.cut(piece) for part in reader.read(line)]
        for part in parts:
            yield part
        if reader.is_writing:
            await next_tick()
    for part in reader.end():
        yield part


class PartReader:
    """Parses the lines of an event stream."""

    def __init__(self, prefix: str, *, seeking: bool) -> None:
        """
        Args:
            prefix: the start of the answer, which was part of the prompt.
            seeking: look for thoughts between tags.
        """
        self._own, self._tags = _WithoutPrefix(prefix), ThinkTags(seeking=seeking)
        self._has_begun = False
        self._reason: str | None = None
        self._last: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}

    @property
    def is_writing(self) -> bool:
        """The first word has arrived, and the last one has not."""
        return self._has_begun and self._reason is None

    def read(self, line: bytes) -> Sequence[Part]:
        """
        Raises:
            LanguageModelUnavailable, ContextExceeded, LanguageModelRefused: the line reports this error.
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
        """The parts that were held back, and the finish.

        Raises:
            LanguageModelUnavailable: the stream broke off.
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
    except ValueError:  # invalid UTF-8 or half a surrogate pair, which only json accepts
        return json.loads(data.decode(errors="replace"))


class _WithoutPrefix:
    """Removes the prefix from an answer that repeats it, as some builds of the server do.

    Text is held back as long as it could be the prefix, and returned unchanged once it cannot.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._held = ""

    def take(self, text: str) -> str:
        """The new text of the answer that is certain by now and was not returned before."""
        self._held += text
        if len(self._held) < len(self._prefix) and self._prefix.startswith(self._held):
            return ""
        new = self._held.removeprefix(self._prefix)
        self._prefix = self._held = ""
        return new

    def rest(self) -> str:
        """What is still held back at the end of the answer."""
        return self._held


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


class ServerFault(LanguageModelUnavailable):
    """The model server's error 500: a fault of the server, or a request that it cannot read."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


def stream_error(error: dict[str, Any]) -> Exception:
    """The server's error as one of ours."""
    if error.get("type") == "exceed_context_size_error":
        return ContextExceeded(error["n_prompt_tokens"], error["n_ctx"])
    words = str(error.get("message", "no reason given"))
    match error.get("code"):
        case 500:
            return ServerFault(words)
        case 503:
            return LanguageModelUnavailable()
        case _:
            return refusal(words)


def refusal(words: str) -> LanguageModelRefused:
    """Log the server's own words; programs get their gist, people get a sentence of ours."""
    logger.warning("the model server refused a request: %s", words[:MAX_LOGGED_CHARS])
    return LanguageModelRefused(gist(words))


def gist(words: str) -> str:
    """The error itself out of the trace of a chat template.

    >>> gist("\\nWhile executing CallExpression in source:\\n...raise_exception\\nError: Roles must alternate")
    'Roles must alternate'
    """
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    if len(lines) < 2:
        return words.strip()[:MAX_GIST_CHARS]
    return next((line for line in reversed(lines) if "rror" in line), lines[-1]).removeprefix("Error: ")[
        :MAX_GIST_CHARS
    ]
