"""chat-ui is killed, frozen, or asked to end while it writes a reply."""

import signal
import time

from tests.faults.conftest import System
from tests.support.running.waiting import wait_until

TAKEN_OVER_SECONDS = 15


def test_after_kill_9_the_restarted_process_completes_the_reply(system: System) -> None:
    part, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    part.kill()
    before = len(system.stored(visitor, sent)["text"])
    part.start()
    wait_until(lambda: len(system.stored(visitor, sent)["text"]) > before, TAKEN_OVER_SECONDS)
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed


def test_the_open_page_connects_again_and_gets_the_whole_reply(system: System) -> None:
    part, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    part.kill()
    part.start()
    assert 'data-status="complete"' in visitor.watch(sent)[-1]
    assert visitor.last_reply(sent.chat).css_first(".text").text().split() == system.undisturbed.split()


def test_another_replica_takes_over(system: System) -> None:
    part, visitor = system.chat_ui()
    system.chat_ui()
    sent = system.ask_long(visitor)
    part.kill()
    before = len(system.stored(visitor, sent)["text"])
    wait_until(lambda: len(system.stored(visitor, sent)["text"]) > before, TAKEN_OVER_SECONDS)
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed


def test_another_replica_serves_the_stream_of_a_reply_that_it_does_not_write(system: System) -> None:
    _, visitor = system.chat_ui()
    other, _ = system.chat_ui()
    sent = system.ask_long(visitor)
    events = system.visit(other, visitor).watch(sent)
    assert 'data-status="complete"' in events[-1]
    assert len(events) > 5  # it grew there too


def test_a_process_that_comes_back_from_the_dead_does_not_write_again(system: System) -> None:
    frozen, visitor = system.chat_ui()
    heir, _ = system.chat_ui()
    sent = system.ask_long(visitor)
    frozen.send(signal.SIGSTOP)
    wait_until(lambda: "goes on here" in heir.log, TAKEN_OVER_SECONDS)
    frozen.send(signal.SIGCONT)
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed
    wait_until(lambda: "is no longer written here" in frozen.log, 10)


def test_a_process_that_is_asked_to_end_hands_its_reply_over_at_once(system: System) -> None:
    part, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    assert part.terminate() < 10
    before = len(system.stored(visitor, sent)["text"])
    part.start()
    begin = time.monotonic()
    wait_until(lambda: len(system.stored(visitor, sent)["text"]) > before, 5)
    assert time.monotonic() - begin < 5  # its lease had 10 s to run: it was given up
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed


def test_a_process_that_is_asked_to_end_closes_its_streams(system: System) -> None:
    part, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        lines = response.iter_lines()
        next(lines)
        part.send(signal.SIGTERM)
        assert "event: end" not in list(lines)  # it ended, so the page connects again
    part.process.wait(timeout=10)
