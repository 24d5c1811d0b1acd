"""Each case runs against the real db-api and the fake one."""

import asyncio
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from tests.support.drivers.clients import Run, with_clients
from tests.support.fakes.fake_db_api import FakeDatabase, fake_db_api
from tests.support.running.serving import serving

Expire = Callable[[UUID], None]


@pytest.fixture
def fake_database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture(params=["fake", "real"])
def run(request: pytest.FixtureRequest, fake_database: FakeDatabase) -> Iterator[Run[object]]:
    """Run a case with clients of a db-api."""
    if request.param == "real":
        server = request.getfixturevalue("db_api_server")
        yield lambda case: asyncio.run(with_clients(server.base_url, server.token, case))
        return
    with serving(fake_db_api(fake_database)) as url:
        yield lambda case: asyncio.run(with_clients(url, "any", case))


@pytest.fixture
def expire(request: pytest.FixtureRequest, run: Run[object], fake_database: FakeDatabase) -> Expire:
    """Make a reply's writer look as if it had vanished: its lease has expired."""

    def expire_lease(reply_id: UUID) -> None:
        fake_database.expired.add(str(reply_id))
        if request.node.callspec.params["run"] == "real":
            with request.getfixturevalue("database").connect("parley_owner") as cursor:
                cursor.execute(
                    "UPDATE messages SET lease_expires_at = now() - interval '1 s' WHERE id = %s", (str(reply_id),)
                )

    return expire_lease
