"""What a person does with replies: ask, edit, regenerate, resume, stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid5

from chat_ui.clients.database.chats import ChatsClient
from chat_ui.clients.database.replies import RepliesClient
from chat_ui.errors import MessageNotFound
from chat_ui.language.translation import gettext as _
from chat_ui.models.chats import PATH_END, Chat, ChatSettings, Message, PathEnd
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply
from chat_ui.services.access.network_limits import NetworkLimits
from chat_ui.services.model.tickets import party_of
from chat_ui.services.replies.writer import ReplyWriter
from chat_ui.text import clean
from chat_ui.titles import first_words

STOP_SECONDS = 2.0
"""How long Stop waits for the end to be stored, so that the page shows the stopped reply at once."""

HEAD_START_SECONDS = 0.02
"""How long rendering the answer waits, at most, for the request to the model to leave first."""


class ReplyRequests:
    def __init__(
        self,
        chats: ChatsClient,
        replies: RepliesClient,
        writer: ReplyWriter,
        limits: NetworkLimits,
        *,
        max_message_chars: int,
    ) -> None:
        self._chats = chats
        self._replies = replies
        self._writer = writer
        self._limits = limits
        self._max_message_chars = max_message_chars

    async def ask(
        self,
        visitor: Visitor,
        chat_id: UUID,
        content: str,
        client_token: UUID,
        *,
        parent_id: UUID | PathEnd | None = PATH_END,
        follows: UUID | None = None,
    ) -> OpenedReply:
        """Store the message and start its reply; a repeated `client_token` returns the first result.

        Args:
            parent_id: the reply that the message follows, for a branch (None: the start of the chat).
            follows: the last message that the visitor saw; the new one is added at the end of that branch.

        Raises:
            InvalidText: nothing was stored; the message says why.
            QueueFull: nothing was stored.
            ReplyRunning: the chat's last reply is still running.
            TooManyMessages: nothing was stored.
        """
        content = self._cleaned(content)
        with self._admitted(visitor):
            opened = await self._chats.add_message(
                visitor.session,
                self._writer.lease,
                chat_id,
                content,
                client_token,
                title=first_words(content),
                parent_id=parent_id,
                follows=follows,
            )
            if opened.created:
                await self._start(opened, visitor)
        return opened

    async def start_chat(
        self, visitor: Visitor, content: str, client_token: UUID, settings: ChatSettings | None = None
    ) -> OpenedReply:
        """Ask in a new chat; the same words with the same `client_token` do so once."""
        content = self._cleaned(content)
        self._writer.queue.refuse_if_full(party_of(visitor))
        chat = await self._chats.create(visitor.session, None, uuid5(client_token, content))
        if settings is not None and not chat.path:
            await self._chats.change(visitor.session, chat.id, settings=settings.model_dump(exclude_none=True))
        return await self.send(visitor, chat.id, content, client_token, None)

    async def send(
        self, visitor: Visitor, chat_id: UUID, content: str, client_token: UUID, follows: UUID | None
    ) -> OpenedReply:
        """Ask from a page, whose `client_token` may be used already: another text is another message."""
        content = self._cleaned(content)
        return await self.ask(visitor, chat_id, content, uuid5(client_token, content), follows=follows)

    async def edit(
        self, visitor: Visitor, chat_id: UUID, message_id: UUID, content: str, client_token: UUID
    ) -> OpenedReply:
        """Ask the message again in other words, as a new branch beside it.

        The same words with the same `client_token` do so once.
        """
        content = self._cleaned(content)
        chat = await self._chats.get(visitor.session, chat_id, through=message_id)
        parent = _find(chat, message_id).parent_id
        return await self.ask(visitor, chat_id, content, uuid5(client_token, content), parent_id=parent)

    async def regenerate(
        self, visitor: Visitor, chat_id: UUID, reply_id: UUID, client_token: UUID | None = None
    ) -> OpenedReply:
        """Start another reply to the message that this one answers; a repeated token returns the first result."""
        with self._admitted(visitor):
            chat = await self._chats.get(visitor.session, chat_id, through=reply_id)
            question = _find(chat, reply_id).parent_id
            if question is None:
                raise MessageNotFound
            opened = await self._replies.open_another(visitor.session, self._writer.lease, question, client_token)
            if opened.created:
                await self._start(opened, visitor)
        return opened

    async def resume(self, visitor: Visitor, reply_id: UUID) -> OpenedReply:
        """Resume a stopped, failed or cut-off reply from its text."""
        with self._admitted(visitor):
            opened = await self._replies.reopen(visitor.session, self._writer.lease, reply_id)
            await self._start(opened, visitor)
        return opened

    async def stop(self, visitor: Visitor, reply_id: UUID) -> None:
        """End the reply with the text it has, whichever process writes it."""
        await self._replies.read(visitor.session, reply_id)  # authorises
        state = self._writer.state_of(reply_id)
        if not self._writer.stop(reply_id):
            await self._replies.stop(visitor.session, reply_id)
        elif state:
            await state.ended(STOP_SECONDS)

    @contextmanager
    def _admitted(self, visitor: Visitor) -> Iterator[None]:
        """Hold a place in the queue until the reply has one.

        Raises:
            QueueFull: too many replies are waiting.
            TooManyMessages: too many messages came from the visitor's network.
        """
        with self._writer.queue.reserve(party_of(visitor)):
            self._limits.count_message(visitor.network)
            yield

    async def _start(self, opened: OpenedReply, visitor: Visitor) -> None:
        state = self._writer.start(opened, party_of(visitor), visitor.key_id)
        await state.changed_since(state.version, HEAD_START_SECONDS)

    def _cleaned(self, content: str) -> str:
        return clean(content, what=_("Your message"), limit=self._max_message_chars)


def _find(chat: Chat, message_id: UUID) -> Message:
    message = next((message for message in chat.path if message.id == message_id), None)
    if message is None:
        raise MessageNotFound
    return message
