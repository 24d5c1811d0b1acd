"""Generating a reply: the model is asked to continue the reply's text until the reply ends.

A first attempt, "Continue", a restarted model server and a killed chat-ui all take this one path; they differ only in
how much text there is at the start.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from chat_ui.errors import ContextExceeded, LanguageModelRefused, LanguageModelUnavailable
from chat_ui.models.chats import ChatSettings, Message, Status
from chat_ui.models.prompts import AnswerWasThought, Delta, Finish, Part, Progress, Thought
from chat_ui.models.reasoning import ReasonedText
from chat_ui.models.replies import Outcome
from chat_ui.services.model.prompt import ROOMS, build_prompt, resumable_text
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.model.tickets import Lane
from chat_ui.services.replies.state import ReplyState

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
"""Seconds between attempts while the model server is unavailable; doubled each time."""

MAX_REPLY_CHARS = 500_000
"""The longest reply in characters, half of what db-api stores; a stuck model writes blank space without end."""

UNKNOWN_CONTEXT = 2048
"""Context in tokens to assume until the server has reported its own."""


@dataclass(frozen=True)
class Question:
    """What a reply answers: the path before it and the chat's settings."""

    path: Sequence[Message]
    settings: ChatSettings
    salt: str = ""
    """See `Prompt`."""


class Generator:
    def __init__(self, servers: ModelServers, *, patience: float, max_reply_tokens: int) -> None:
        self.servers = servers
        self._patience = patience
        self._max_reply_tokens = max_reply_tokens

    async def run(self, question: Question, state: ReplyState, move_to: Callable[[Lane], None]) -> Outcome:
        """Write the reply into `state` until it ends. An unavailable model server is retried for `patience` seconds.

        Args:
            move_to: called at each attempt with the lane of the server that is asked.
        """
        pause, away_since = FIRST_PAUSE, None
        rooms = iter(ROOMS)
        room = next(rooms)
        while True:
            length = len(state.text)
            try:
                return await self._attempt(question, state, room, move_to)
            except ContextExceeded as error:
                if (room := next(rooms, 0.0)) == 0.0:
                    return failed(error)
            except LanguageModelRefused as error:
                return failed(error)
            except LanguageModelUnavailable as error:
                if len(state.text) > length:
                    pause, away_since = FIRST_PAUSE, None
                away_since = away_since or time.monotonic()
                if time.monotonic() + pause > away_since + self._patience:
                    return failed(error)
                state.lose_model()
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _attempt(
        self, question: Question, state: ReplyState, room: float, move_to: Callable[[Lane], None]
    ) -> Outcome:
        """Send one request. `room` is one of `ROOMS`."""
        info = await self.servers.current()
        model = info.answering(question.settings.model) if info else None
        begin = resumable_text(state.text)
        prompt = build_prompt(
            question.path,
            question.settings,
            begin,
            context_tokens=int(room * (info.context_tokens if info else UNKNOWN_CONTEXT)),
            max_tokens=self._max_reply_tokens,
        )
        model_name = info.to_ask_for(question.settings.model) if info else None
        prompt = replace(prompt, model=model_name, salt=question.salt)
        with self.servers.use(state.chat_id) as server:
            move_to(server.address)
            async with aclosing(server.client.stream(prompt)) as parts:
                return finished(await write(parts, state, begin, prompt.max_tokens), model)


async def write(parts: AsyncIterator[Part], state: ReplyState, begin: str, max_tokens: int) -> Finish:
    """Write the model's answer into `state`, after the prefix `begin`.

    A model server that ignores `max_tokens` is cut off: each piece of its stream is at least one token.
    """
    position, reasoned, pieces = len(begin), ReasonedText(begin), 0
    async for part in parts:
        pieces += isinstance(part, Thought | Delta)
        if pieces > max_tokens or position >= MAX_REPLY_CHARS:
            return Finish("length", None, state.total or None, pieces, None)
        match part:
            case Thought(thought):
                position = state.write(position, reasoned.think(thought))
            case Delta(text):
                position = state.write(position, reasoned.answer(text))
            case AnswerWasThought():
                position = state.write(len(begin), reasoned.rethink(state.text[len(begin) : position]))
            case Progress(read, total):
                state.reading(read, total)
            case Finish():
                state.write(position, "")
                finish = part
    return finish


def finished(finish: Finish, model: str | None) -> Outcome:
    return Outcome(
        status=Status.COMPLETE,
        finish_reason=finish.reason,
        model=model or finish.model,
        prompt_tokens=finish.prompt_tokens,
        completion_tokens=finish.completion_tokens,
        timings=finish.timings,
    )


def failed(error: Exception) -> Outcome:
    return Outcome(status=Status.FAILED, error=str(error))
