"""db-api as chat-ui uses it: what one user may own."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from chat_ui.errors import QuotaReached, TooManyChats
from chat_ui.models.chats import Status
from chat_ui.models.replies import Outcome

from tests.support.drivers.clients import Case, Clients, Run, with_clients
from tests.support.fakes.fake_db_api import FakeDatabase, fake_db_api
from tests.support.running.db_api import running_db_api
from tests.support.running.serving import serving

Limited = Callable[..., None]


@pytest.fixture(params=["fake", "real"])
def limited(request: pytest.FixtureRequest, tmp_path: Path) -> Limited:
    """Run a case with clients of a db-api that has these quotas."""

    def run(case: Case[None], **most: int) -> None:
        with ExitStack() as stack:
            if request.param == "real":
                names = {f"MOST_{name.upper()}": str(value) for name, value in most.items()}
                database = request.getfixturevalue("database")
                server = stack.enter_context(running_db_api(database, tmp_path, **names))
                url, token = server.base_url, server.token
            else:
                url, token = stack.enter_context(serving(fake_db_api(FakeDatabase(most=most)))), "any"
            asyncio.run(with_clients(url, token, case))

    return run


def test_chats_are_limited(limited: Limited) -> None:
    async def case(clients: Clients) -> None:
        me, other = (await clients.guest()).token, (await clients.guest()).token
        chats = [await clients.chats.open(me, name) for name in ("one", "two", "three")]
        assert (await clients.chats.open(me, "THREE")).id == chats[2].id
        with pytest.raises(QuotaReached, match="limit of 3 chats"):
            await clients.chats.open(me, "four")
        with pytest.raises(QuotaReached):
            await clients.chats.create(me, "four", uuid.uuid4())
        await clients.chats.delete(me, chats[0].id)
        with pytest.raises(QuotaReached):  # as long as the deleted one can be restored
            await clients.chats.open(me, None)
        await clients.chats.restore(me, chats[0].id)
        await clients.chats.open(other, None)

    limited(case, chats=3)


def test_messages_are_limited(limited: Limited) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        first = await clients.ask(session, "one")
        assert first.message is not None
        await clients.replies.end(clients.lease, first.reply.id, "1", Outcome(status=Status.COMPLETE))
        another = await clients.replies.open_another(session.token, clients.lease, first.message.id)
        await clients.replies.end(clients.lease, another.reply.id, "I", Outcome(status=Status.COMPLETE))
        with pytest.raises(QuotaReached, match="limit of 4 messages"):
            await clients.chats.add_message(
                session.token, clients.lease, first.chat.id, "two", uuid.uuid4(), title="two"
            )
        third = await clients.replies.open_another(session.token, clients.lease, first.message.id)
        await clients.replies.end(clients.lease, third.reply.id, "ein", Outcome(status=Status.COMPLETE))
        with pytest.raises(QuotaReached):
            await clients.replies.open_another(session.token, clients.lease, first.message.id)

    limited(case, messages=4)


def test_text_is_limited_but_the_end_of_a_reply_is_stored(limited: Limited) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        with pytest.raises(QuotaReached, match=r"limit of 0\.0001 MB of text"):
            await clients.ask(session, "ü" * 51)
        opened = await clients.ask(session, "ü" * 40)
        assert opened.message is not None
        await clients.replies.end(clients.lease, opened.reply.id, "x" * 30, Outcome(status=Status.STOPPED))
        with pytest.raises(QuotaReached):
            await clients.ask(session, "x")
        with pytest.raises(QuotaReached):
            await clients.replies.open_another(session.token, clients.lease, opened.message.id)
        with pytest.raises(QuotaReached):
            await clients.replies.reopen(session.token, clients.lease, opened.reply.id)
        assert (await clients.replies.read(session.token, opened.reply.id)).status is Status.STOPPED

    limited(case, bytes=100)


def test_presets_and_keys_are_limited(limited: Limited) -> None:
    async def case(clients: Clients) -> None:
        me = (await clients.guest()).token
        preset = await clients.presets.create(me, "one", {})
        with pytest.raises(QuotaReached, match="limit of 1 presets"):
            await clients.presets.create(me, "two", {})
        await clients.presets.delete(me, preset.id)
        await clients.presets.create(me, "two", {})
        key = await clients.keys.create(me, "one", ["read"])
        with pytest.raises(QuotaReached, match="limit of 1 API keys"):
            await clients.keys.create(me, "two", ["read"])
        await clients.keys.revoke(me, key.id)
        await clients.keys.create(me, "two", ["read"])

    limited(case, presets=1, keys=1)


def test_new_chats_are_limited_per_minute(limited: Limited) -> None:
    async def case(clients: Clients) -> None:
        me, other = (await clients.guest()).token, (await clients.guest()).token
        for name in ("one", "one", "ONE", "two"):
            chat = await clients.chats.open(me, name)
        await clients.chats.delete(me, chat.id)
        with pytest.raises(TooManyChats) as caught:
            await clients.chats.open(me, None)
        assert 0 < caught.value.retry_after <= 60
        await clients.chats.open(other, None)

    limited(case, new_chats=2)


def test_a_session_is_known_or_not(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        assert await clients.sessions.is_known((await clients.guest()).token)
        assert not await clients.sessions.is_known("unknown")

    run(case)
