"""All of chat-ui's clients of db-api in one place."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from chat_ui.clients.database.api import DatabaseApi
from chat_ui.clients.database.chats import ChatsClient
from chat_ui.clients.database.connection import DatabaseConnection
from chat_ui.clients.database.idempotency_keys import IdempotencyKeysClient
from chat_ui.clients.database.instance import InstanceClient
from chat_ui.clients.database.keys import KeysClient
from chat_ui.clients.database.presets import PresetsClient
from chat_ui.clients.database.replies import RepliesClient
from chat_ui.clients.database.sessions import SessionsClient
from chat_ui.clients.database.usage import UsageClient
from chat_ui.models.chats import Status
from chat_ui.models.people import Session
from chat_ui.models.replies import Chunk, OpenedReply

ANSWER = "Paris is the capital of France."
Result = TypeVar("Result")


@dataclass
class Clients:
    sessions: SessionsClient
    chats: ChatsClient
    replies: RepliesClient
    keys: KeysClient
    usage: UsageClient
    presets: PresetsClient
    idempotency_keys: IdempotencyKeysClient
    instance: InstanceClient
    lease: uuid.UUID

    async def guest(self) -> Session:
        return await self.sessions.open_guest()

    async def ask(self, session: Session, content: str = "Hello") -> OpenedReply:
        chat = await self.chats.open(session.token, None)
        return await self.chats.add_message(session.token, self.lease, chat.id, content, uuid.uuid4(), title=content)

    async def write(self, reply_id: uuid.UUID, position: int, text: str, status: Status = Status.GENERATING) -> None:
        refused = await self.replies.append(self.lease, [Chunk(reply_id, status, position, text)])
        assert not refused.lost
        assert not refused.gaps


Case = Callable[[Clients], Awaitable[Result]]
Run = Callable[[Case[Result]], Result]


async def with_clients(url: str, token: str, case: Case[Result]) -> Result:
    async with DatabaseConnection(url, token) as connection:
        api = DatabaseApi(connection)
        resources = SessionsClient(api), ChatsClient(api), RepliesClient(api), KeysClient(api), UsageClient(api)
        return await case(
            Clients(*resources, PresetsClient(api), IdempotencyKeysClient(api), InstanceClient(api), uuid.uuid4())
        )
