"""The form under a chat for its next message."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4


@dataclass(frozen=True)
class Composer:
    max_chars: int
    running_id: UUID | None = None
    """The reply that is running: Stop takes the place of Send."""
    content: str = ""
    problem: str | None = None
    """Why the content was not sent."""
    cause: str | None = None
    """The class of that error: the page removes the problem when its cause is gone."""
    client_token: UUID = field(default_factory=uuid4)
    """The same when the same content is sent again, so that it is stored once."""
    follows: UUID | None = None
    """The last message of the branch that the page shows."""
    gap: bool = False
    """The page ends before the branch does: a sent message cannot be appended to it."""
    preset_id: UUID | None = None
    """For a new chat: the preset to start it with."""
