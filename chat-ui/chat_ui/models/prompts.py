"""What the language model is asked, and the parts of its answer, as values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Turn:
    """One message of a prompt, in the OpenAI chat format."""

    role: str
    content: str
    reasoning: str = ""
    """What the model thought before it wrote this; told only of an answer that is gone on with."""


@dataclass(frozen=True)
class Prompt:
    """A question to the model. A last turn by the assistant is gone on with."""

    turns: tuple[Turn, ...]
    max_tokens: int
    temperature: float | None = None
    model: str | None = None
    """Which of the served models; None: the server's own choice."""
    thinks: bool = True
    """The model may think before it answers, if it can."""
    read_only: bool = False
    """Only read into the cache, nothing is to be answered; the last turn may still grow."""

    @property
    def prefix(self) -> str:
        """The text of the answer that the model is to go on from."""
        return self.turns[-1].content if self.goes_on else ""

    @property
    def goes_on(self) -> bool:
        return self.turns[-1].role == "assistant"


@dataclass(frozen=True)
class ModelInfo:
    """Which model answers, and how it is served."""

    name: str
    """Of the one that answers where a chat names no other."""
    names: tuple[str, ...]
    """Of all that are served."""
    wanted: str | None
    """The model that was asked for, where another one had to be served instead."""
    slots: int
    context_tokens: int
    """What one slot remembers."""
    writes_titles: bool = True

    @property
    def is_demo(self) -> bool:
        return self.name == "demo"

    def answering(self, chosen: str | None) -> str:
        """The chosen model where it is served, else the server's own."""
        return chosen if chosen in self.names else self.name

    def to_ask_for(self, chosen: str | None) -> str | None:
        """The name to put into a request; None where there is no choice."""
        return self.answering(chosen) if len(self.names) > 1 else None


@dataclass(frozen=True)
class Progress:
    """How much of the prompt has been read, in tokens."""

    read: int
    total: int


@dataclass(slots=True)
class Delta:
    text: str


@dataclass(frozen=True)
class Thought:
    """What the model writes for itself before the answer."""

    text: str


@dataclass(frozen=True)
class Finish:
    """The stream's end. `reason` is `stop` or `length`; timings are llama.cpp's (`cache_n`, `prompt_n`, …)."""

    reason: str
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    timings: dict[str, Any] | None


Part = Progress | Thought | Delta | Finish
