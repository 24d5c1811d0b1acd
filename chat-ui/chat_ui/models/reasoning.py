"""A reply of a model that thinks first: its thoughts and then its answer, in one text.

One text, so that such a reply is stored, streamed, stopped and gone on with like any other. However the model server
tells thoughts, they are kept in one form, with how long they took:

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
    """The thoughts are not at their end."""
    seconds: float | None = None
    """How long the thoughts took, where that is known."""
    answer_begins: int = 0
    """Where in the reply's text, in characters."""


def split(text: str) -> Reasoning:
    """
    >>> split('<think>\\nWhich one?\\n</think seconds="4.2">\\n\\nBlue.')
    Reasoning(thoughts='Which one?', answer='Blue.', thinking=False, seconds=4.2, answer_begins=42)
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
    return Reasoning(thoughts, answer, seconds=seconds, answer_begins=closing.end())


class ReasonedText:
    """Brings thoughts and answer, as they come, into the one form."""

    def __init__(self, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`text` is what the reply has already."""
        begun = split(text)
        self._thinking = begun.thinking
        self._answering = bool(begun.answer)
        self._clock = clock
        self._since = clock()

    def think(self, text: str) -> str:
        """What to write for more thoughts. Those that come after the answer began have no place."""
        if self._thinking or self._answering or not text.strip():
            return text if self._thinking else ""
        self._thinking, self._since = True, self._clock()
        return OPENING + text.lstrip()

    def answer(self, text: str) -> str:
        """What to write for more of the answer."""
        if self._thinking:
            if not text.strip():
                return ""
            self._thinking = False
            text = f'\n</think seconds="{self._clock() - self._since:.1f}">\n\n{text.lstrip()}'
        self._answering = True
        return text
