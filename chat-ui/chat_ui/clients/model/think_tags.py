"""Thoughts that a model server sends as part of the answer, between tags such as `<think>` and `</think>`."""

import re
from collections.abc import Iterator

from chat_ui.models.prompts import AnswerWasThought, Delta, Part, Thought

CLOSING = {"<think>": "</think>", "<thinking>": "</thinking>", "[THINK]": "[/THINK]"}
TAGS = (*CLOSING, *CLOSING.values())
FENCE = "```"

_CLOSED = re.compile(r"(?:</think>|</thinking>|\[/THINK\])[ \t]*(?=\n|$)")
_OPENED = re.compile(r"\n[ \t]*(<think>|<thinking>|\[THINK\])[ \t]*\n")


class ThinkTags:
    """Separates thoughts and answer as the text arrives.

    Thoughts stand at the start, between a pair of tags; some templates have written the opening tag into the prompt, so
    that only the closing one comes. Later blocks count where the tags stand in lines of their own, outside code. A tag
    that is only mentioned stays part of the answer.
    """

    def __init__(self, *, seeking: bool) -> None:
        self._read = self._read_start if seeking else self._read_rest
        self._held = ""
        """Text that may still become a tag."""
        self._closing = ""
        self._answer = ""
        """The answer so far, with which a tag is judged."""
        self._has_thought = False

    def take(self, text: str) -> list[Part]:
        """The parts that are certain by now and were not returned before."""
        self._held += text
        parts: list[Part] = []
        while True:
            read = self._read
            parts += read()
            if self._read == read:  # nothing more is certain
                return parts

    def rest(self) -> list[Part]:
        """What is still held back at the end of the answer."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [Thought(held) if self._read == self._read_thoughts else Delta(held)]

    def _read_start(self) -> Iterator[Part]:
        """Decide whether the answer begins with thoughts."""
        start = self._held.lstrip()
        opening = next((tag for tag in CLOSING if start.startswith(tag)), None)
        if opening:
            following = start.removeprefix(opening)
            if not following.strip(" \t"):
                return  # not certain yet
            if following[0] in " \t" and not following.lstrip(" \t").startswith("\n"):
                opening = None  # a sentence about the tag
            else:
                self._held = following
                self._begin_thoughts(opening)
                return
        elif any(tag.startswith(start) for tag in CLOSING):
            return
        self._read = self._read_answer
        yield from ()

    def _begin_thoughts(self, opening: str) -> None:
        self._closing, self._read = CLOSING[opening], self._read_thoughts

    def _read_thoughts(self) -> Iterator[Part]:
        thought, closed, following = self._held.partition(self._closing)
        if closed:
            self._held, self._has_thought, self._read = following, True, self._read_gap
        else:
            held = _begun_tag(thought, (self._closing,))
            thought, self._held = thought[: len(thought) - held], thought[len(thought) - held :]
        if thought:
            yield Thought(thought)

    def _read_gap(self) -> Iterator[Part]:
        """Between thoughts and answer: another block may follow at once."""
        self._held = self._held.lstrip()
        opening = next((tag for tag in CLOSING if self._held.startswith(tag)), None)
        if opening:
            self._held = self._held.removeprefix(opening)
            self._begin_thoughts(opening)
            yield Thought("\n\n")
        elif self._held and not any(tag.startswith(self._held) for tag in CLOSING):
            self._read = self._read_answer

    def _read_answer(self) -> Iterator[Part]:
        held = self._held
        if "<" not in held and "[" not in held and not held.endswith("\n"):
            self._held = ""
            yield from self._answered(held)
        elif opened := self._opened(held):
            yield from self._answered(held[: opened.start()])
            self._held, self._closing, self._read = held[opened.start() :], CLOSING[opened[1]], self._read_later_block
        elif (closed := self._closed(held)) and closed.end() < len(held):
            yield from self._rethink(held[: closed.start()])
            self._held, self._read = held[closed.end() :], self._read_gap
        else:
            kept = len(held) - _uncertain(held)
            self._held = held[kept:]
            yield from self._answered(held[:kept])

    def _read_later_block(self) -> Iterator[Part]:
        """A block within the answer is left out once it is closed."""
        block, closed, following = self._held.partition(self._closing)
        if closed:
            self._held, self._read = following, self._read_answer
            yield Thought(block)

    def _read_rest(self) -> Iterator[Part]:
        held, self._held = self._held, ""
        if held:
            yield Delta(held)

    def _answered(self, text: str) -> Iterator[Part]:
        if text:
            self._answer += text
            yield Delta(text)

    def _opened(self, held: str) -> "re.Match[str] | None":
        return next((opened for opened in _OPENED.finditer(held) if not self._is_code(held[: opened.start()])), None)

    def _closed(self, held: str) -> "re.Match[str] | None":
        """A closing tag at the end of a line, before which everything was thoughts."""
        closed = None if self._has_thought else _CLOSED.search(held)
        if closed is None or self._is_code(held[: closed.start()]):
            return None
        before = self._answer + held[: closed.start()]
        mentioned = any(tag in before for tag in CLOSING) or before.rpartition("\n")[2].count("`") % 2 == 1
        return None if mentioned else closed

    def _is_code(self, text: str) -> bool:
        return (self._answer + text).count(FENCE) % 2 == 1

    def _rethink(self, text: str) -> Iterator[Part]:
        self._has_thought = True
        if self._answer:
            yield from self._answered(text)
            yield AnswerWasThought()
        elif text.strip():
            yield Thought(text)
        self._answer = ""


def _begun_tag(text: str, tags: tuple[str, ...]) -> int:
    """The length of the text's end that may be the start of a tag."""
    longest = max(map(len, tags)) - 1
    lengths = range(min(longest, len(text)), 0, -1)
    return next((length for length in lengths if any(tag.startswith(text[-length:]) for tag in tags)), 0)


def _uncertain(text: str) -> int:
    """The length of the text's end that may become a tag on a line of its own."""
    last_line = text.rfind("\n")
    if last_line >= 0 and any(tag.startswith(begun := text[last_line:].strip()) or begun in TAGS for tag in CLOSING):
        return len(text) - last_line
    stripped = text.rstrip(" \t")
    if tag := next((tag for tag in CLOSING.values() if stripped.endswith(tag)), None):
        return len(text) - len(stripped) + len(tag)
    return _begun_tag(text, TAGS)
