"""Chats as programs use them: `/v1` calls them conversations."""

from contextlib import suppress
from uuid import UUID

from chat_ui.clients.database.chats import ChatsClient
from chat_ui.errors import KeyReused, MessageNotFound, ReplyEnded, ReplyFailed
from chat_ui.models.chats import Status
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply, ReplyText
from chat_ui.services.access.network_limits import NetworkLimits
from chat_ui.services.model.tickets import party_of
from chat_ui.services.replies.requests import ReplyRequests
from chat_ui.services.replies.text_updates import Ended, follow_reply
from chat_ui.services.replies.watcher import ReplyWatcher
from chat_ui.services.replies.writer import ReplyWriter
from chat_ui.text import check_length, clean

MESSAGE = "The message"


class Conversations:
    def __init__(
        self,
        chats: ChatsClient,
        requests: ReplyRequests,
        watcher: ReplyWatcher,
        writer: ReplyWriter,
        limits: NetworkLimits,
        *,
        max_message_chars: int,
    ) -> None:
        self._chats = chats
        self._requests = requests
        self._watcher = watcher
        self._writer = writer
        self._limits = limits
        self._max_message_chars = max_message_chars

    async def ask(self, caller: Visitor, conversation_id: UUID | None, message: str, token: UUID) -> OpenedReply:
        """Store the message, in a new conversation if none is named, and start its reply.

        The same `token` with the same message does both only once.

        Raises:
            InvalidText: nothing was stored; the sentence says why.
            KeyReused: the token came with another message.
            QueueFull: nothing was stored.
            ReplyRunning: the conversation's last reply is still being written.
        """
        # Before cleaning: the API document states this limit for the text as it is sent.
        check_length(message, what=MESSAGE, limit=self._max_message_chars)
        content = clean(message, what=MESSAGE, limit=self._max_message_chars)
        # Before a conversation is created, which would stay empty.
        self._writer.queue.refuse_if_full(party_of(caller))
        self._limits.check_messages(caller.network)
        chat_id = conversation_id or (await self._chats.create(caller.session, None, token)).id
        opened = await self._requests.ask(caller, chat_id, content, token)
        if opened.message is None or opened.message.content != content:
            raise KeyReused
        return opened

    async def find_reply(self, caller: Visitor, conversation_id: UUID, reply_id: UUID) -> ReplyText:
        """The reply as stored. This authorises: it comes before a stream opens.

        Raises:
            MessageNotFound: it does not exist in this conversation, or it belongs to another user.
        """
        stored = await self._watcher.find(caller.session, reply_id)
        if stored.chat_id != conversation_id:
            raise MessageNotFound
        return stored

    async def finished_reply(self, caller: Visitor, reply_id: UUID) -> Ended:
        """Wait for the reply's end and return it.

        Raises:
            ReplyFailed: the reply failed, or this process is stopping.
        """
        ended = await self._end_of(caller, await self._watcher.find(caller.session, reply_id))
        if ended is None:
            raise ReplyFailed(
                "Parley is restarting, and the reply continues meanwhile. "
                "Repeat the request with the same Idempotency-Key to get it."
            )
        if ended.outcome.status is Status.FAILED:
            raise ReplyFailed(ended.outcome.error or "The reply failed.")
        return ended

    async def stop_reply(self, caller: Visitor, conversation_id: UUID, reply_id: UUID) -> ReplyText:
        """End the reply if it is being written; return it with its final text."""
        stored = await self.find_reply(caller, conversation_id, reply_id)
        if not stored.status.running:
            return stored
        with suppress(ReplyEnded):
            await self._requests.stop(caller, reply_id)
        await self._end_of(caller, stored)
        return await self.find_reply(caller, conversation_id, reply_id)

    async def _end_of(self, caller: Visitor, stored: ReplyText) -> Ended | None:
        """Wait for the reply's end; None if this process stops first."""
        async for part in follow_reply(self._watcher, caller, stored):
            if isinstance(part, Ended):
                return part
        return None
