"""Fixtures: a chat-ui over fakes, whose model answers what a test chooses."""

from collections.abc import Iterator

import pytest

from tests.support.drivers.chat_ui import FakeServices, FakeWorld, fake_services


@pytest.fixture(scope="session")
def services() -> Iterator[FakeServices]:
    with fake_services() as services:
        yield services


@pytest.fixture
def world(services: FakeServices) -> Iterator[FakeWorld]:
    with services.world() as world:
        yield world
