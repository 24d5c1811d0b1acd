"""A reply that this process writes."""

import asyncio
from uuid import UUID

from chat_ui.models.chats import Status
from chat_ui.models.prompts import salt_of
from chat_ui.models.replies import Chunk, ClaimedReply, OpenedReply
from chat_ui.services.model.tickets import Party
from chat_ui.services.replies.bulk_write import BATCH_CHARS
from chat_ui.services.replies.generator import Question
from chat_ui.services.replies.state import Phase, ReplyState


class RunningReply:
    """A reply that this process writes, and its task."""

    def __init__(self, opened: OpenedReply | ClaimedReply, party: Party, key_id: UUID | None) -> None:
        self.party = party
        self.key_id = key_id
        self.question = Question(opened.chat.path[:-1], opened.chat.settings, salt_of(party.user_id))
        self.state = ReplyState(opened.reply.id, opened.chat.id, opened.reply.content)
        self.stored = len(opened.reply.content)
        """Characters that db-api has confirmed."""
        self.ending = False
        """The end is being stored; a refused chunk no longer matters."""
        self.early_end: Status | None = None
        """How the reply ends because its task was cancelled: stopped by its user, or failed."""
        self.task: asyncio.Task[None] | None = None

    def unstored(self) -> Chunk:
        state = self.state
        self.stored = min(self.stored, len(state.text))
        status = Status.GENERATING if state.phase in (Phase.READING, Phase.WRITING) else Status.QUEUED
        return Chunk(state.reply_id, status, self.stored, state.text[self.stored : self.stored + BATCH_CHARS])

    def end_early(self, status: Status) -> None:
        """Cancel the task, unless the end is already being stored."""
        if self.task and not self.ending and self.early_end is None:
            self.early_end = status
            self.task.cancel()
