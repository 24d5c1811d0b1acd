"""The part of a chat's path that one page shows, bounded in messages and in characters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chat_ui.models.chats import Message

MOST_MESSAGES = 100
MOST_CHARS = 1_000_000
CONTEXT_MESSAGES = 2
"""How many messages stand above the one that a page was opened at."""


@dataclass(frozen=True)
class PathWindow:
    messages: tuple[Message, ...]
    earlier: UUID | None = None
    """The first message of the window, if others precede it."""
    later: UUID | None = None
    """The first message after the window."""


def window_of(path: Sequence[Message], *, around: UUID | None = None, before: UUID | None = None) -> PathWindow:
    """Return the end of the path, or an earlier part of it.

    Args:
        path: the messages, oldest first.
        around: a message that the window must contain.
        before: the message at which the window ends, without it.
    """
    places = {message.id: place for place, message in enumerate(path)}
    end = places.get(before, len(path)) if before else len(path)
    start = end - _fitting(reversed(path[:end]))
    if around in places and not start <= places[around] < end:
        start = max(0, places[around] - CONTEXT_MESSAGES)
        end = max(start + _fitting(path[start:]), places[around] + 1)
    earlier = path[start].id if 0 < start < len(path) else None
    return PathWindow(tuple(path[start:end]), earlier, path[end].id if end < len(path) else None)


def _fitting(messages: Iterable[Message]) -> int:
    """Count the messages that fit into a window, at least two: the last question and its reply."""
    count = chars = 0
    for message in messages:
        chars += len(message.content)
        if count == MOST_MESSAGES or (chars > MOST_CHARS and count > 1):
            break
        count += 1
    return count
