import httpx
import pytest

from tests.support.drivers.chatting import Person, Writer


@pytest.fixture
def ada(db_api_client: httpx.Client) -> Person:
    return Person(db_api_client)


@pytest.fixture
def bob(db_api_client: httpx.Client) -> Person:
    return Person(db_api_client)


@pytest.fixture
def writer(db_api_client: httpx.Client) -> Writer:
    return Writer(db_api_client)


@pytest.fixture
def other_writer(db_api_client: httpx.Client) -> Writer:
    return Writer(db_api_client)
