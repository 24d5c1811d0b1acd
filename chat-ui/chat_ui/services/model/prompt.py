"""From a chat's path to a prompt, in pure functions: the same path always gives the same bytes.

The model's cache holds the last prompt of a chat. A change before the newest turn makes the model read everything
after that place again, so nothing here depends on a clock, a name or a title.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from chat_ui.models.chats import ChatSettings, Message, Role
from chat_ui.models.prompts import Prompt, Turn
from chat_ui.models.reasoning import OPENING, split

BYTES_PER_TOKEN = 3
"""A cautious estimate: English has about 4 bytes of UTF-8 a token, code fewer; a Han or Thai character has 3 bytes."""

TOKENS_PER_TURN = 8
"""The chat template's own tokens around a turn."""

ROOMS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.18)
"""Shares of the context to fill: the next one is used when the server counted more tokens than estimated.

They are fixed, so that the prompt of such a chat, too, starts at the same message from turn to turn."""

TITLE_REQUEST = "Give this conversation a title of at most six words. Answer with the title only."
TITLE_TOKENS = 24

LONGEST_WORD = 40
"""The most characters that are dropped to resume at the end of a word, in a text without white space."""

_CONTROL_TOKEN = re.compile(r"<\|(?=\w+\|>)")


def build_prompt(
    path: Sequence[Message], settings: ChatSettings, text: str, *, context_tokens: int, max_tokens: int
) -> Prompt:
    """Build the prompt for the reply to the end of `path`, continuing from `text`.

    Args:
        text: the reply's text so far, cut to whole words by `resumable_text`.
        context_tokens: the model's context, for prompt and answer together.
        max_tokens: the longest reply; the chat's settings may only shorten it.
    """
    prefix = neutralize(text)
    room = room_for(settings, context_tokens, max_tokens) - estimate_tokens(prefix)
    turns = _within_room(_history(path), settings, room)
    if prefix:
        begun = split(prefix)
        turns.append(Turn(Role.ASSISTANT, begun.answer, begun.thoughts))
    return Prompt(tuple(turns), longest_reply(settings, max_tokens), settings.temperature)


def build_prefill(
    path: Sequence[Message], settings: ChatSettings, draft: str, *, context_tokens: int, max_tokens: int
) -> Prompt:
    """Build the prompt to read ahead.

    It is, byte for byte, a prefix of the prompt for this path once a message that starts with `draft` is sent.
    """
    asked = Turn(Role.USER, neutralize(whole_words(draft)))
    turns = _within_room(
        alternating([*_history(path), asked]), settings, room_for(settings, context_tokens, max_tokens)
    )
    return Prompt(tuple(turns), max_tokens=0, read_only=True)


def build_title(path: Sequence[Message], settings: ChatSettings, *, context_tokens: int, max_tokens: int) -> Prompt:
    """Append the request for a title, as one more message, to the conversation that the model has in its cache.

    The next real message shares everything before the request with it, so the cache stays useful.
    """
    turns = alternating([*_history(path), Turn(Role.USER, TITLE_REQUEST)])
    kept = _within_room(turns, settings, room_for(settings, context_tokens, max_tokens))
    return Prompt(tuple(kept), TITLE_TOKENS, temperature=0, thinks=False)


def _history(path: Sequence[Message]) -> list[Turn]:
    return alternating(turn_of(message) for message in path if message.answer and message.role is not Role.SYSTEM)


def alternating(turns: Iterable[Turn]) -> list[Turn]:
    """Join consecutive turns of one role: strict templates refuse two, as a reply without a word would leave them."""
    joined: list[Turn] = []
    for turn in turns:
        if joined and joined[-1].role == turn.role:
            turn = replace(turn, content=f"{joined.pop().content}\n\n{turn.content}")
        joined.append(turn)
    return joined


def _within_room(history: Sequence[Turn], settings: ChatSettings, room: int) -> list[Turn]:
    """Return the instructions and as much of the end of the history as fits."""
    instructions = [Turn(Role.SYSTEM, neutralize(settings.system_prompt))] if settings.system_prompt else []
    return [*instructions, *history[first_kept_turn(history, room) :]]


def longest_reply(settings: ChatSettings, max_tokens: int) -> int:
    """Return the limit of a reply in tokens: the chat's own, within the operator's."""
    return min(settings.max_tokens or max_tokens, max_tokens)


def room_for(settings: ChatSettings, context_tokens: int, max_tokens: int) -> int:
    """Return the tokens left for the history beside the instructions and the reply (at most half the context)."""
    reply = min(longest_reply(settings, max_tokens), context_tokens // 2)
    return context_tokens - reply - estimate_tokens(settings.system_prompt or "")


def turn_of(message: Message) -> Turn:
    """Convert a message without its thoughts: like the chat templates of models that think, to save context."""
    return Turn(message.role, neutralize(message.answer))


def neutralize(text: str) -> str:
    """Insert an invisible character into a typed `<|im_start|>`, so that it stays text and is no control token."""
    return _CONTROL_TOKEN.sub("<\u200b|", text)


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text on the safe side, without asking the server."""
    return len(text.encode(errors="surrogatepass")) // BYTES_PER_TOKEN


def first_kept_turn(turns: Sequence[Turn], room: int) -> int:
    """Return the index of the first turn that the model gets, for a prompt of at most `room` tokens.

    The function replays the growth of the chat: whenever it no longer fitted, all but about half was dropped. So the
    prompt starts at the same turn for many turns, and the cache stays valid. Only whole exchanges are dropped: the
    first turn is always the user's. The last turn is always kept.
    """
    sizes = [estimate_tokens(turn.content) + TOKENS_PER_TURN for turn in turns]
    begin = 0
    for end, turn in enumerate(turns, 1):
        if turn.role != Role.USER or sum(sizes[begin:end]) <= room:
            continue
        starts = [i for i in range(begin, end) if turns[i].role == Role.USER]
        begin = next((i for i in starts if sum(sizes[i:end]) <= room // 2), starts[-1])
    return begin


def resumable_text(reply: str) -> str:
    """Return the start of a reply's text that the model can resume from: whole words of its answer or its thoughts."""
    begun = split(reply)
    if answer := whole_words(begun.answer):
        return reply[: begun.answer_start] + answer
    thoughts = whole_words(begun.thoughts) if begun.thinking else begun.thoughts
    return OPENING + thoughts if thoughts else ""


def whole_words(text: str) -> str:
    """Drop the last, perhaps incomplete, word and the white space before it.

    A prefix that ends within a token changes how the model continues; after a whole word it does not. See
    docs/decisions/restartable-replies.md.

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
