"""db-api as chat-ui uses it: requests that a client may repeat."""

import uuid

import pytest
from chat_ui.errors import KeyInUse, KeyReused

from tests.support.drivers.clients import Clients, Run


def test_a_repeated_request_is_carried_out_once_and_answered_every_time(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        me, token, keys = (await clients.guest()).token, uuid.uuid4(), clients.idempotency_keys
        assert await keys.claim(me, token, "a request") is None
        with pytest.raises(KeyInUse):
            await keys.claim(me, token, "a request")
        await keys.keep(me, token)
        with pytest.raises(KeyInUse):
            await keys.claim(me, token, "a request")
        await keys.keep(me, token, '{"its": "answer"}')
        await keys.keep(me, token)  # has no effect after the answer
        await keys.release(me, token)
        assert await keys.claim(me, token, "a request") == '{"its": "answer"}'
        with pytest.raises(KeyReused):
            await keys.claim(me, token, "another request")

    run(case)


def test_a_failed_request_may_be_tried_again(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        me, token, keys = (await clients.guest()).token, uuid.uuid4(), clients.idempotency_keys
        await keys.claim(me, token, "a request")
        await keys.release(me, token)
        assert await keys.claim(me, token, "another request") is None

    run(case)


def test_two_users_may_use_the_same_token(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        (me, other), token, keys = [(await clients.guest()).token for _ in "ab"], uuid.uuid4(), clients.idempotency_keys
        for session in (me, other):
            assert await keys.claim(session, token, f"a request of {session}") is None
        await keys.keep(me, token, "mine")
        with pytest.raises(KeyInUse):
            await keys.claim(other, token, f"a request of {other}")

    run(case)
