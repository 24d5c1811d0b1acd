"""chat-ui is killed, frozen, or asked to stop while it writes a reply."""

import signal

from tests.faults.conftest import LEASE_SECONDS, System
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


def test_the_open_page_reconnects_and_gets_the_whole_reply(system: System) -> None:
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


def test_a_replica_streams_a_reply_that_another_one_writes(system: System) -> None:
    _, visitor = system.chat_ui()
    other, _ = system.chat_ui()
    sent = system.ask_long(visitor)
    events = system.visit(other, visitor).watch(sent)
    assert 'data-status="complete"' in events[-1]
    assert len(events) > 5  # the reply grew there too


def test_a_frozen_process_does_not_write_after_its_reply_was_taken_over(system: System) -> None:
    frozen, visitor = system.chat_ui()
    heir, _ = system.chat_ui()
    sent = system.ask_long(visitor)
    frozen.send(signal.SIGSTOP)
    wait_until(lambda: f"reply {sent.reply_id} resumes here" in heir.log, TAKEN_OVER_SECONDS)
    frozen.send(signal.SIGCONT)
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed
    wait_until(lambda: f"reply {sent.reply_id} is now written by another process" in frozen.log, 10)


def test_a_process_that_is_asked_to_stop_releases_its_reply_at_once(system: System) -> None:
    part, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    assert part.terminate() < 10
    before = len(system.stored(visitor, sent)["text"])
    part.start()
    # Well before the end of its lease, which was therefore given up.
    wait_until(lambda: len(system.stored(visitor, sent)["text"]) > before, LEASE_SECONDS / 2)
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed


def test_a_process_that_is_asked_to_stop_closes_its_streams(system: System) -> None:
    part, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        lines = response.iter_lines()
        next(lines)
        part.send(signal.SIGTERM)
        assert "event: end" not in list(lines)  # without this event, the page reconnects
    part.process.wait(timeout=10)
    system.stop(visitor, sent)
