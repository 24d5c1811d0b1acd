"""Each case runs against the real db-api and the fake one."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.drivers.clients import Run, with_clients
from tests.support.fakes.fake_db_api import FakeDatabase, fake_db_api
from tests.support.running.serving import serving


@pytest.fixture(params=["fake", "real"])
def run(request: pytest.FixtureRequest) -> Iterator[Run[object]]:
    """Run a case with clients of a db-api."""
    if request.param == "real":
        server = request.getfixturevalue("db_api_server")
        yield lambda case: asyncio.run(with_clients(server.base_url, server.token, case))
        return
    with serving(fake_db_api(FakeDatabase())) as url:
        yield lambda case: asyncio.run(with_clients(url, "any", case))
