"""db-api as chat-ui uses it: sessions, keys and limits."""

import uuid

import pytest
from chat_ui.errors import ChatNotFound, KeyNotFound, MessageNotFound, SessionUnknown
from chat_ui.models.people import Limit, TokensUsed

from tests.support.drivers.clients import Clients, Run


def test_another_users_chat_is_not_found(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        opened, stranger = await clients.ask(await clients.guest()), await clients.guest()
        with pytest.raises(ChatNotFound):
            await clients.chats.get(stranger.token, opened.chat.id)
        with pytest.raises(MessageNotFound):
            await clients.replies.read(stranger.token, opened.reply.id)
        with pytest.raises((ChatNotFound, MessageNotFound)):
            await clients.replies.stop(stranger.token, opened.reply.id)

    run(case)


def test_an_instance_keeps_its_id(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        known = await clients.instance.id()
        assert known
        assert await clients.instance.id() == known

    run(case)


def test_an_unknown_session_is_refused(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        with pytest.raises(SessionUnknown):
            await clients.chats.list("no-such-token")

    run(case)


def test_a_key_authenticates_its_user_until_it_is_revoked(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        made = await clients.keys.create(session.token, "laptop", ["read"])
        assert made.key
        assert [(key.id, key.key) for key in await clients.keys.list(session.token)] == [(made.id, None)]
        caller = await clients.usage.enter(made.key, [])
        assert (caller.user_id, caller.key_id, caller.scopes) == (session.user.id, made.id, frozenset({"read"}))
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
