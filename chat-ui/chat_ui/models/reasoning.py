"""Replies of models that think first: thoughts and answer in one text.

With one text, such a reply is stored, streamed, stopped and resumed like any other. Whatever format the model server
uses for thoughts, they are kept in this one, with their duration:

    <think>
    They want a colour.
    </think seconds="4.2">

    Blue.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

OPENING = "<think>\n"
_CLOSING = re.compile(r'\n</think(?: seconds="([\d.]+)")?>\n*')


@dataclass(frozen=True)
class Reasoning:
    """A reply's text in its two parts."""

    thoughts: str
    answer: str
    thinking: bool = False
    """The thoughts have not ended."""
    seconds: float | None = None
    """Duration of the thoughts, if known."""
    answer_start: int = 0
    """Position of the answer in the reply's text, in characters."""


def split(text: str) -> Reasoning:
    """Separate a reply's text into thoughts and answer.

    >>> split('<think>\\nWhich one?\\n</think seconds="4.2">\\n\\nBlue.')
    Reasoning(thoughts='Which one?', answer='Blue.', thinking=False, seconds=4.2, answer_start=42)
    >>> split('Blue.').answer
    'Blue.'
    """
    if not text.startswith(OPENING):
        return Reasoning("", text)
    end = text.find("\n</think", len(OPENING) - 1)
    closing = _CLOSING.match(text, end) if end >= 0 else None
    if closing is None:
        return Reasoning(text[len(OPENING) :].rstrip(), "", thinking=True)
    seconds = float(closing[1]) if closing[1] else None
    thoughts, answer = text[len(OPENING) : end].rstrip(), text[closing.end() :]
    return Reasoning(thoughts, answer, seconds=seconds, answer_start=closing.end())


class ReasonedText:
    """Turns streamed thoughts and answer into the common format."""

    def __init__(self, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Continue a reply whose text so far is `text`."""
        begun = split(text)
        self._thinking = begun.thinking
        self._answering = bool(begun.answer)
        self._clock = clock
        self._since = clock()

    def think(self, text: str) -> str:
        """Return the text to append for more thoughts; thoughts after the start of the answer are dropped."""
        if self._thinking or self._answering or not text.strip():
            return text if self._thinking else ""
        self._thinking, self._since = True, self._clock()
        return OPENING + text.lstrip()

    def rethink(self, answer: str) -> str:
        """Return the text to write in place of the answer so far, which was thoughts."""
        self._answering = False
        return self.think(answer.rstrip())

    def answer(self, text: str) -> str:
        """Return the text to append for more of the answer."""
        if self._thinking:
            if not text.strip():
                return ""
            self._thinking = False
            text = f'\n</think seconds="{self._clock() - self._since:.1f}">\n\n{text.lstrip()}'
        self._answering = True
        return text
