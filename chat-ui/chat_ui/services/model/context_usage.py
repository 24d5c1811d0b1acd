"""How much of a chat the model has in mind, for the page."""

from dataclasses import dataclass
from uuid import UUID

from chat_ui.models.chats import Chat, Role
from chat_ui.services.model.prompt import TOKENS_PER_TURN, memory_begins, room_for, tokens_of, turn_of


@dataclass(frozen=True)
class Memory:
    used: int
    """Tokens, as the model counted them for the last reply; an estimate until it did."""
    size: int
    begins_at: UUID | None
    """The first message that the model still gets; None while it gets all."""

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.size))


def memory_of(chat: Chat, context_tokens: int, max_tokens: int) -> Memory:
    history = [message for message in chat.path if message.answer and message.role is not Role.SYSTEM]
    turns = [turn_of(message) for message in history]
    begin = memory_begins(turns, room_for(chat.settings, context_tokens, max_tokens))
    last = history[-1] if history else None
    if last and last.prompt_tokens and last.completion_tokens:
        used = last.prompt_tokens + last.completion_tokens
    else:
        used = sum(tokens_of(turn.content) + TOKENS_PER_TURN for turn in turns[begin:])
    return Memory(used, context_tokens, history[begin].id if begin else None)
