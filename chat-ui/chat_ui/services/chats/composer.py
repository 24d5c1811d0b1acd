"""The form under a chat, in which its next message is written."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4


@dataclass(frozen=True)
class Composer:
    max_chars: int
    running_id: UUID | None = None
    """The reply that is being written: Stop takes the place of Send."""
    content: str = ""
    problem: str | None = None
    """Why the content was not sent."""
    client_token: UUID = field(default_factory=uuid4)
    """The same when the same content is sent again, so that it is stored once."""
