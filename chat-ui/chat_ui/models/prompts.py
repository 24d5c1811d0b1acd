"""Prompts for the language model, and the parts of its answer."""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Turn:
    """One message of a prompt, in the OpenAI chat format."""

    role: str
    content: str
    reasoning: str = ""
    """The thoughts before this answer; only sent with an answer that is to be continued."""


@dataclass(frozen=True)
class Prompt:
    """A question to the model. If the last turn is the assistant's, the model continues it."""

    turns: tuple[Turn, ...]
    max_tokens: int
    temperature: float | None = None
    model: str | None = None
    """Name of a served model; None leaves the choice to the server."""
    thinks: bool = True
    """Whether the model may think before it answers."""
    salt: str = ""
    """Separates users in the model's cache; see `salt_of`."""
    read_only: bool = False
    """Read the prompt into the cache without answering; the last turn may still grow."""

    @property
    def prefix(self) -> str:
        """The part of the answer that the model continues; empty for a new answer."""
        return self.turns[-1].content if self.continues_answer else ""

    @property
    def continues_answer(self) -> bool:
        return self.turns[-1].role == "assistant"


@dataclass(frozen=True)
class ModelInfo:
    """The served models and the server's capacity."""

    name: str
    """The default model."""
    names: tuple[str, ...]
    """All served models."""
    wanted: str | None
    """The configured model, if another one is served in its place."""
    slots: int
    context_tokens: int
    """Context of one slot, in tokens."""
    writes_titles: bool = True

    @property
    def is_demo(self) -> bool:
        return self.name == "demo"

    def answering(self, chosen: str | None) -> str:
        """The chosen model if it is served, else the default model."""
        return chosen if chosen in self.names else self.name

    def to_ask_for(self, chosen: str | None) -> str | None:
        """The model name for a request; None if only one model is served."""
        return self.answering(chosen) if len(self.names) > 1 else None


@dataclass(frozen=True)
class Progress:
    """Tokens of the prompt that have been read, and all of them."""

    read: int
    total: int


@dataclass(slots=True)
class Delta:
    """More of the answer."""

    text: str


@dataclass(frozen=True)
class Thought:
    """More of what the model writes for itself before the answer."""

    text: str


@dataclass(frozen=True)
class AnswerWasThought:
    """What was sent as the answer so far was thoughts: their end came without their start."""


@dataclass(frozen=True)
class Finish:
    """The end of the stream. `reason` is `stop` or `length`; timings are llama.cpp's (`cache_n`, `prompt_n`, …)."""

    reason: str
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    timings: dict[str, Any] | None


Part = Progress | Thought | Delta | AnswerWasThought | Finish


def salt_of(user_id: UUID) -> str:
    """Return the text at the start of this user's prompts, of six characters.

    The model server reads a prompt faster if its start is in the cache. With another start for each user, nobody's
    prompt reveals what others have asked.
    """
    return b32encode(blake2b(user_id.bytes, digest_size=4).digest()).decode().lower()[:6]
