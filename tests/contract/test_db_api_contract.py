"""What chat-ui relies on in db-api.

The same cases run against the real one and against the fake of chat-ui's own tests, so that the fake cannot lie.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import httpx
import pytest
from chat_ui.clients.chats import ChatsClient
from chat_ui.clients.db_api import DatabaseApi
from chat_ui.clients.http import open_pool
from chat_ui.clients.keys import KeysClient
from chat_ui.clients.replies import Chunk, Outcome, RepliesClient
from chat_ui.clients.sessions import SessionsClient
from chat_ui.clients.usage import Limit, TokensUsed, UsageClient
from chat_ui.errors import (
    ChatChanged,
    ChatNotFound,
    InvalidText,
    KeyNotFound,
    LeaseLost,
    MessageNotFound,
    ReplyEnded,
    ReplyRunning,
    SessionUnknown,
)
from chat_ui.models import OpenedReply, Role, Session, Status

from tests.support.fake_db_api import FakeDatabase, fake_db_api
from tests.support.serving import serving

ANSWER = "Paris is the capital of France."
Result = TypeVar("Result")


@dataclass
class Clients:
    sessions: SessionsClient
    chats: ChatsClient
    replies: RepliesClient
    keys: KeysClient
    usage: UsageClient
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


@pytest.fixture(params=["fake", "real"])
def run(request: pytest.FixtureRequest) -> Iterator[Run[object]]:
    """Runs one case with clients of a db-api."""
    if request.param == "real":
        server = request.getfixturevalue("db_api_server")
        yield lambda case: asyncio.run(_with_clients(server.base_url, server.token, case))
        return
    with serving(fake_db_api(FakeDatabase())) as url:
        yield lambda case: asyncio.run(_with_clients(url, "any", case))


async def _with_clients(url: str, token: str, case: Case[Result]) -> Result:
    async with open_pool(url, token, timeout=httpx.Timeout(10)) as http:
        api = DatabaseApi(http)
        resources = SessionsClient(api), ChatsClient(api), RepliesClient(api), KeysClient(api), UsageClient(api)
        return await case(Clients(*resources, uuid.uuid4()))


def test_a_name_leads_back_to_its_chat(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        first = await clients.chats.open(session.token, "Anna")
        assert (await clients.chats.open(session.token, "anna")).id == first.id
        assert (await clients.chats.open(session.token, None)).id != first.id
        assert first.label == "Anna"

    run(case)


def test_chats_are_listed_newest_first(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        older = await clients.chats.open(session.token, "older")
        newer = await clients.chats.open(session.token, "newer")
        assert [chat.id for chat in (await clients.chats.list(session.token)).items] == [newer.id, older.id]
        await clients.chats.add_message(session.token, clients.lease, older.id, "Hi", uuid.uuid4(), title="Hi")
        assert (await clients.chats.list(session.token)).items[0].title == "Hi"

    run(case)


def test_a_message_opens_its_reply(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        opened = await clients.ask(await clients.guest(), "Hello")
        assert opened.created
        assert opened.message is not None
        assert (opened.message.role, opened.message.content) == (Role.USER, "Hello")
        assert (opened.reply.status, opened.reply.content) == (Status.QUEUED, "")
        assert [message.id for message in opened.chat.path] == [opened.message.id, opened.reply.id]
        assert opened.chat.title == "Hello"

    run(case)


def test_the_same_client_token_is_the_same_message(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, token = await clients.guest(), uuid.uuid4()
        chat = await clients.chats.open(session.token, None)
        first, again = [
            await clients.chats.add_message(session.token, clients.lease, chat.id, "Hi", token, title="Hi")
            for _ in "ab"
        ]
        assert (first.created, again.created) == (True, False)
        assert first.reply.id == again.reply.id

    run(case)


def test_a_chat_has_one_running_reply(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session)
        with pytest.raises(ReplyRunning) as caught:
            await clients.chats.add_message(
                session.token, clients.lease, opened.chat.id, "More", uuid.uuid4(), title="More"
            )
        assert caught.value.reply_id == opened.reply.id

    run(case)


def test_chunks_make_the_text_and_the_end_stores_it(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, ANSWER[:10])
        await clients.write(reply.id, 10, ANSWER[10:])
        text = await clients.replies.read(session.token, reply.id, after=6)
        assert (text.status, text.position, text.text) == (Status.GENERATING, 6, ANSWER[6:])
        outcome = Outcome(Status.COMPLETE, finish_reason="stop", model="demo", prompt_tokens=3, completion_tokens=7)
        await clients.replies.end(clients.lease, reply.id, ANSWER, outcome)
        stored = (await clients.chats.get(session.token, reply.chat_id)).path[-1]
        assert (stored.status, stored.content, stored.completion_tokens) == (Status.COMPLETE, ANSWER, 7)

    run(case)


def test_a_write_replaces_what_was_stored_from_its_position_on(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, "Paris is the capi")
        await clients.write(reply.id, 12, " capital")
        await clients.write(reply.id, 12, " capital")
        assert (await clients.replies.read(session.token, reply.id)).text == "Paris is the capital"

    run(case)


def test_a_write_that_does_not_join_is_named_with_the_length(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        reply = (await clients.ask(await clients.guest())).reply
        await clients.write(reply.id, 0, "Paris")
        refused = await clients.replies.append(clients.lease, [Chunk(reply.id, Status.GENERATING, 9, "x")])
        assert [(gap.reply_id, gap.length) for gap in refused.gaps] == [(reply.id, 5)]

    run(case)


def test_another_writer_is_refused(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        reply = (await clients.ask(await clients.guest())).reply
        stranger = uuid.uuid4()
        assert (await clients.replies.append(stranger, [Chunk(reply.id, Status.GENERATING, 0, "x")])).lost == {reply.id}
        with pytest.raises(LeaseLost):
            await clients.replies.end(stranger, reply.id, "x", Outcome(Status.COMPLETE))

    run(case)


def test_a_stopped_reply_keeps_its_text_and_refuses_its_writer(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, "Paris is")
        await clients.replies.stop(session.token, reply.id)
        stored = await clients.replies.read(session.token, reply.id)
        assert (stored.status, stored.text) == (Status.STOPPED, "Paris is")
        refused = await clients.replies.append(clients.lease, [Chunk(reply.id, Status.GENERATING, 8, " big")])
        assert refused.lost == {reply.id}

    run(case)


def test_a_stopped_reply_can_be_continued_from_its_text(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, "Paris is")
        await clients.replies.stop(session.token, reply.id)
        reopened = await clients.replies.reopen(session.token, clients.lease, reply.id)
        assert (reopened.reply.status, reopened.reply.content) == (Status.QUEUED, "Paris is")
        await clients.write(reply.id, 5, " was")
        assert (await clients.replies.read(session.token, reply.id)).text == "Paris was"

    run(case)


def test_a_running_reply_cannot_be_continued(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        with pytest.raises((ReplyEnded, ReplyRunning)):
            await clients.replies.reopen(session.token, clients.lease, reply.id)

    run(case)


def test_released_replies_are_claimed_with_their_text_and_path(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session)
        await clients.write(opened.reply.id, 0, "Paris is")
        await clients.replies.release(clients.lease)
        heir = uuid.uuid4()
        claimed = {claim.reply.id: claim for claim in await clients.replies.claim(heir, limit=100)}
        claim = claimed[opened.reply.id]
        assert (claim.reply.content, claim.user_id) == ("Paris is", session.user.id)
        assert [message.id for message in claim.chat.path] == [message.id for message in opened.chat.path]
        assert (await clients.replies.append(clients.lease, [Chunk(claim.reply.id, Status.GENERATING, 8, "")])).lost
        assert not (await clients.replies.append(heir, [Chunk(claim.reply.id, Status.GENERATING, 8, "")])).lost

    run(case)


def test_regenerate_and_edit_make_branches_that_can_be_chosen(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        first = await clients.ask(session)
        assert first.message is not None
        await clients.replies.end(clients.lease, first.reply.id, ANSWER, Outcome(Status.COMPLETE))
        second = await clients.replies.open_another(session.token, clients.lease, first.message.id)
        assert second.reply.siblings == (first.reply.id, second.reply.id)
        await clients.replies.end(clients.lease, second.reply.id, "No.", Outcome(Status.COMPLETE))
        edited = await clients.chats.add_message(
            session.token, clients.lease, first.chat.id, "Hi", uuid.uuid4(), title="Hi", parent_id=None
        )
        assert [message.content for message in edited.chat.path] == ["Hi", ""]
        await clients.chats.choose_branch(session.token, first.chat.id, first.reply.id)
        assert (await clients.chats.get(session.token, first.chat.id)).path[-1].id == first.reply.id

    run(case)


def test_nobody_sees_anothers_chat(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        opened, stranger = await clients.ask(await clients.guest()), await clients.guest()
        with pytest.raises(ChatNotFound):
            await clients.chats.get(stranger.token, opened.chat.id)
        with pytest.raises(MessageNotFound):
            await clients.replies.read(stranger.token, opened.reply.id)
        with pytest.raises((ChatNotFound, MessageNotFound)):
            await clients.replies.stop(stranger.token, opened.reply.id)

    run(case)


def test_an_unknown_session_is_told(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        with pytest.raises(SessionUnknown):
            await clients.chats.list("no-such-token")

    run(case)


def test_a_nul_byte_is_refused_with_a_sentence(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        with pytest.raises(InvalidText):
            await clients.ask(await clients.guest(), "a\0b")

    run(case)


def test_a_chat_is_renamed_pinned_and_archived(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chats = [await clients.chats.open(session.token, None) for _ in range(3)]
        await clients.chats.change(session.token, chats[0].id, title="Mine", pinned=True)
        await clients.chats.change(session.token, chats[1].id, archived=True)
        listed = (await clients.chats.list(session.token)).items
        assert [(chat.id, chat.pinned) for chat in listed] == [(chats[0].id, True), (chats[2].id, False)]
        assert listed[0].title == "Mine"
        archive = (await clients.chats.list(session.token, archived=True)).items
        assert [chat.id for chat in archive] == [chats[1].id]

    run(case)


def test_the_list_goes_on_from_its_cursor(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chats = [(await clients.chats.open(session.token, None)).id for _ in range(3)]
        first = await clients.chats.list(session.token, limit=2)
        second = await clients.chats.list(session.token, limit=2, before=first.next)
        assert [chat.id for chat in (*first.items, *second.items)] == chats[::-1]
        assert second.next is None
        with pytest.raises(InvalidText):
            await clients.chats.list(session.token, before="nonsense")

    run(case)


def test_a_deleted_chat_is_had_back_with_its_name(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chat = await clients.chats.open(session.token, "Anna")
        await clients.chats.delete(session.token, chat.id)
        with pytest.raises(ChatNotFound):
            await clients.chats.get(session.token, chat.id)
        assert (await clients.chats.list(session.token)).items == ()
        await clients.chats.restore(session.token, chat.id)
        assert (await clients.chats.get(session.token, chat.id)).name == "Anna"
        with pytest.raises(ChatNotFound):
            await clients.chats.restore((await clients.guest()).token, chat.id)

    run(case)


def test_a_deleted_chats_reply_stops(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session)
        await clients.chats.delete(session.token, opened.chat.id)
        refused = await clients.replies.append(clients.lease, [Chunk(opened.reply.id, Status.GENERATING, 0, "x")])
        assert refused.lost == {opened.reply.id}
        await clients.chats.restore(session.token, opened.chat.id)
        assert (await clients.chats.get(session.token, opened.chat.id)).path[-1].status is Status.STOPPED

    run(case)


def test_titles_and_texts_are_searched(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, stranger = await clients.guest(), await clients.guest()
        opened = await clients.ask(session, "How far is the moon?")
        assert opened.message is not None
        title, text = await clients.chats.search(session.token, "moo FAR")
        assert (title.message_id, text.message_id) == (None, opened.message.id)
        assert {piece.text for piece in text.excerpt if piece.hit} == {"far", "moon"}
        assert "far is the moon" in "".join(piece.text for piece in text.excerpt)
        assert await clients.chats.search(session.token, "sun") == ()
        assert await clients.chats.search(stranger.token, "moon") == ()

    run(case)


def test_a_key_comes_in_as_its_user_until_it_is_revoked(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        made = await clients.keys.create(session.token, "laptop", ["read"])
        assert made.key
        assert [(key.id, key.key) for key in await clients.keys.list(session.token)] == [(made.id, None)]
        caller = await clients.usage.enter(made.key, [])
        assert (caller.user_id, caller.key_id, caller.scopes) == (session.user.id, made.id, {"read"})
        await clients.keys.revoke(session.token, made.id)
        with pytest.raises(SessionUnknown):
            await clients.usage.enter(made.key, [])
        with pytest.raises(KeyNotFound):
            await clients.keys.revoke(session.token, made.id)

    run(case)


def test_requests_and_tokens_are_counted_up_to_the_limits(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        limits = [Limit("user", "day", requests=2, tokens=10)]
        admitted = [(await clients.usage.enter(session.token, limits)).admitted for _ in range(3)]
        assert admitted == [True, True, False]
        await clients.usage.count([TokensUsed(session.user.id, None, 10)])
        (day,) = [w for w in (await clients.usage.enter(session.token, limits)).windows if w.period == "day"]
        assert (day.holder, day.requests, day.tokens) == ("user", 2, 10)

    run(case)


def test_a_subject_of_another_provider_is_one_user(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        subject = uuid.uuid4().hex
        first, again = [await clients.sessions.open_for("https://login.example", subject, 60) for _ in "ab"]
        assert first.user == again.user
        assert first.token != again.token

    run(case)


def test_the_same_token_makes_one_chat(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, token = await clients.guest(), uuid.uuid4()
        first, again = [await clients.chats.create(session.token, "Moon", token) for _ in "ab"]
        assert (first.id, first.title) == (again.id, "Moon")

    run(case)


def test_only_the_version_that_was_read_is_changed(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chat = await clients.chats.create(session.token, None, uuid.uuid4())
        changed = await clients.chats.change(session.token, chat.id, if_version=chat.version, title="Moon")
        assert changed.title == "Moon"
        with pytest.raises(ChatChanged):
            await clients.chats.change(session.token, chat.id, if_version=chat.version, title="Mars")
        with pytest.raises(ChatChanged):
            await clients.chats.delete(session.token, chat.id, if_version=chat.version)
        await clients.chats.delete(session.token, chat.id, if_version=changed.version)
        with pytest.raises(ChatNotFound):
            await clients.chats.get(session.token, chat.id)

    run(case)
