"""How a reply is generated: the model is asked to go on from the text that the reply has, until it ends.

First attempt, "Continue", a model server that restarted and a chat-ui that was killed are this one path; they differ
only in how much text there is to begin with.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from chat_ui.errors import ContextExceeded, LanguageModelRefused, LanguageModelUnavailable
from chat_ui.models.chats import ChatSettings, Message, Status
from chat_ui.models.prompts import Delta, Finish, Part, Progress, Thought
from chat_ui.models.reasoning import ReasonedText
from chat_ui.models.replies import Outcome
from chat_ui.services.model.prompt import ROOMS, build_prompt, whole_words_of
from chat_ui.services.model.queue import Lane
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.replies.state import ReplyState

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
"""Seconds between attempts while the model server is away, doubled each time."""

UNKNOWN_CONTEXT = 2048
"""Tokens to plan with while the server has not said how many it has."""


@dataclass(frozen=True)
class Question:
    """What a reply answers: the path before it, and how."""

    path: Sequence[Message]
    settings: ChatSettings


class Generator:
    def __init__(self, servers: ModelServers, *, patience: float, max_reply_tokens: int) -> None:
        self.servers = servers
        self._patience = patience
        self._max_reply_tokens = max_reply_tokens

    async def run(self, question: Question, state: ReplyState, go_to: Callable[[Lane], None]) -> Outcome:
        """Writes the reply into `state` until it ends. An absent model server is waited for, `patience` seconds.

        Args:
            go_to: told which server is asked, at each attempt.
        """
        pause, away_since = FIRST_PAUSE, None
        rooms = iter(ROOMS)
        room = next(rooms)
        while True:
            length = len(state.text)
            try:
                return await self._attempt(question, state, room, go_to)
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
                state.miss_model()
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _attempt(
        self, question: Question, state: ReplyState, room: float, go_to: Callable[[Lane], None]
    ) -> Outcome:
        """One request. `room` is one of `ROOMS`."""
        info = await self.servers.current()
        model = info.answering(question.settings.model) if info else None
        begin = whole_words_of(state.text)
        prompt = build_prompt(
            question.path,
            question.settings,
            begin,
            context_tokens=int(room * (info.context_tokens if info else UNKNOWN_CONTEXT)),
            max_tokens=self._max_reply_tokens,
        )
        prompt = replace(prompt, model=info.to_ask_for(question.settings.model) if info else None)
        with self.servers.use(state.chat_id) as server:
            go_to(server.address)
            async with aclosing(server.client.stream(prompt)) as parts:
                return finished(await write(parts, state, begin), model)


async def write(parts: AsyncIterator[Part], state: ReplyState, begin: str) -> Finish:
    """Writes what the model answers into `state`, behind `begin`."""
    position, reasoned = len(begin), ReasonedText(begin)
    async for part in parts:
        match part:
            case Thought(thought):
                position = state.write(position, reasoned.think(thought))
            case Delta(text):
                position = state.write(position, reasoned.answer(text))
            case Progress(read, total):
                state.reading(read, total)
            case Finish():
                state.write(position, "")
                finish = part
    return finish


def finished(finish: Finish, model: str | None) -> Outcome:
    return Outcome(
        Status.COMPLETE,
        finish_reason=finish.reason,
        model=model or finish.model,
        prompt_tokens=finish.prompt_tokens,
        completion_tokens=finish.completion_tokens,
        timings=finish.timings,
    )


def failed(error: Exception) -> Outcome:
    return Outcome(Status.FAILED, error=str(error))
