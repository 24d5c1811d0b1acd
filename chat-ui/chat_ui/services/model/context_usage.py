"""How much of the model's context a chat fills, for the page."""

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from chat_ui.models.chats import Chat, Role
from chat_ui.services.model.prompt import (
    TOKENS_PER_TURN,
    alternating,
    estimate_tokens,
    first_kept_turn,
    room_for,
    turn_of,
)
from chat_ui.services.model.servers import ModelServers


@dataclass(frozen=True)
class ContextUsage:
    used: int
    """Tokens as counted by the model for the last reply; before that, an estimate."""
    size: int
    begins_at: UUID | None
    """The first message that the model still receives; None while it receives all."""

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.size))


def context_usage_of(chat: Chat, context_tokens: int, max_tokens: int) -> ContextUsage:
    history = [message for message in chat.path if message.answer and message.role is not Role.SYSTEM]
    turns = alternating(turn_of(message) for message in history)
    firsts = [next(run) for _, run in groupby(history, lambda message: message.role)]
    begin = first_kept_turn(turns, room_for(chat.settings, context_tokens, max_tokens))
    last = history[-1] if history else None
    if last and last.prompt_tokens and last.completion_tokens:
        used = last.prompt_tokens + last.completion_tokens
    else:
        used = sum(estimate_tokens(turn.content) + TOKENS_PER_TURN for turn in turns[begin:])
    return ContextUsage(used, context_tokens, firsts[begin].id if begin else None)


async def current_context_usage(servers: ModelServers, chat: Chat, max_tokens: int) -> ContextUsage | None:
    """None while the model is unavailable."""
    model = await servers.current()
    return context_usage_of(chat, model.context_tokens, max_tokens) if model else None
