"""lm-api is killed while a reply is written, and comes back or not."""

from collections.abc import Iterator

import pytest

from tests.faults.conftest import System, words_of

LONG_PATIENCE = "60"
"""Seconds; longer than a restart of the model server takes on a busy machine."""


@pytest.fixture(autouse=True)
def model_server_afterwards(system: System) -> Iterator[None]:
    yield
    if system.parts.lm_api.process.poll() is not None:
        system.parts.lm_api.start()


def test_a_reply_continues_where_it_was_after_a_restart_of_the_model_server(system: System) -> None:
    _, visitor = system.chat_ui(LM_PATIENCE=LONG_PATIENCE)
    sent = system.ask_long(visitor)
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        lines = response.iter_lines()
        next(lines)
        system.parts.lm_api.kill()
        assert any("is not responding" in line for line in lines)
        system.parts.lm_api.start(wait=False)
        assert any("event: end" in line for line in lines)
    stored = system.wait_for_end(visitor, sent)
    assert (stored["status"], stored["text"]) == ("complete", system.undisturbed)


def test_a_reply_without_a_model_server_fails_in_the_end_and_can_be_continued(system: System) -> None:
    _, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    system.parts.lm_api.kill()
    stored = system.wait_for_end(visitor, sent, seconds=30)
    assert stored["status"] == "failed"
    assert system.undisturbed.startswith(stored["text"])
    assert len(stored["text"]) >= 60
    reply = visitor.last_reply(sent.chat)
    assert reply.css_first(".problem").text() == "The language model does not respond. Try again in a moment."
    assert "Continue" in words_of(reply.html or "")
    system.parts.lm_api.start()
    visitor.http.post(f"{sent.address}/continue").raise_for_status()
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed


def test_a_message_sent_without_a_model_server_is_answered_once_there_is_one(system: System) -> None:
    _, visitor = system.chat_ui(LM_PATIENCE=LONG_PATIENCE)
    chat = system.open_chat(visitor)
    system.parts.lm_api.kill()
    sent = visitor.ask(chat, "Hello")
    system.parts.lm_api.start()
    assert system.wait_for_end(visitor, sent)["status"] == "complete"
