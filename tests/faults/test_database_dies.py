"""db-api and Postgres are killed while a reply is written: the page keeps growing, and everything is stored later."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.conftest import LEASE_SECONDS, System
from tests.support.drivers.chat_ui import Visitor
from tests.support.running.waiting import wait_until


@pytest.mark.parametrize("name", ["db_api", "db"])
def test_text_keeps_flowing_and_is_stored_once_the_database_is_back(system: System, name: str) -> None:
    part = getattr(system.parts, name)
    _, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        lines = response.iter_lines()
        next(lines)
        part.kill()
        assert_grows(lines, seconds=2)
        part.start()
        assert any("event: end" in line for line in lines)
    stored = system.wait_for_end(visitor, sent)
    assert (stored["status"], stored["text"]) == ("complete", system.undisturbed)


@pytest.mark.parametrize("name", ["db_api", "db"])
def test_a_reply_that_ends_while_the_database_is_unavailable_is_stored_later(system: System, name: str) -> None:
    part = getattr(system.parts, name)
    _, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    part.kill()
    expired = time.monotonic() + LEASE_SECONDS
    wait_until(lambda: time.monotonic() > expired and not system.busy_slots(), 60)
    part.start()
    stored = system.wait_for_end(visitor, sent, seconds=20)
    assert (stored["status"], stored["text"]) == ("complete", system.undisturbed)


def test_without_the_database_the_page_is_a_503_and_recovers_by_itself(system: System) -> None:
    _, visitor = system.chat_ui()
    chat = system.open_chat(visitor)
    system.parts.db.kill()
    try:
        assert page_status(visitor, chat) == 503
        assert page_status(visitor, "/health/ready") == 503
        assert page_status(visitor, "/health/live") == 200
    finally:
        system.parts.db.start()
    wait_until(lambda: page_status(visitor, chat) == 200, 10)


def assert_grows(lines: Iterator[str], seconds: float) -> None:
    """New text arrives for this long."""
    deadline, pieces = time.monotonic() + seconds, set()
    for line in lines:
        pieces.add(line)
        if time.monotonic() > deadline:
            break
    assert len(pieces) > 10


def page_status(visitor: Visitor, path: str) -> int:
    return visitor.http.get(path).status_code
