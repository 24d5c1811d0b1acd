"""Stop frees the model at once; replies wait in a fair order; a form sent twice counts once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from tests.faults.conftest import LONG, System
from tests.support.drivers.chat_ui import Sent, Visitor, visiting
from tests.support.running.waiting import wait_until


def test_stop_frees_the_models_slot_within_a_second_and_keeps_the_text(system: System) -> None:
    _, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    assert system.busy_slots() == 1
    visitor.http.post(f"{sent.address}/stop").raise_for_status()
    wait_until(lambda: system.busy_slots() == 0, 1)
    stored = system.wait_for_end(visitor, sent, seconds=10)
    assert stored["status"] == "stopped"
    assert system.undisturbed.startswith(stored["text"])


def test_stop_reaches_the_replica_that_writes(system: System) -> None:
    _, visitor = system.chat_ui()
    other, _ = system.chat_ui()
    sent = system.ask_long(visitor)
    system.visit(other, visitor).http.post(f"{sent.address}/stop").raise_for_status()
    wait_until(lambda: system.busy_slots() == 0, 1)
    assert system.stored(visitor, sent)["status"] == "stopped"


def test_continue_after_stop_is_as_if_nothing_had_happened(system: System) -> None:
    _, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    for length in (60, 200, 400):
        system.wait_for_text(visitor, sent, length)
        visitor.http.post(f"{sent.address}/stop").raise_for_status()
        system.wait_for_end(visitor, sent, seconds=10)
        visitor.http.post(f"{sent.address}/continue").raise_for_status()
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed


def test_two_windows_and_a_reload_show_the_same(system: System) -> None:
    _, visitor = system.chat_ui()
    sent = system.ask_long(visitor)
    with ThreadPoolExecutor() as windows:
        first, second = windows.map(lambda _: visitor.events(sent), range(2))
    assert first[-2] == second[-2]
    assert visitor.events(sent)[-2] == first[-2]


def test_a_form_sent_ten_times_at_once_is_one_message_and_one_reply(system: System) -> None:
    _, visitor = system.chat_ui()
    chat, token = system.open_chat(visitor), str(uuid.uuid4())
    with ThreadPoolExecutor(10) as clicks:
        statuses = {
            answer.status_code for answer in clicks.map(lambda _: visitor.send(chat, "Hello", token), range(10))
        }
    assert statuses == {200}
    assert len(visitor.page(chat).css("article[data-role=user]")) == 1
    assert len(visitor.page(chat).css("article[data-role=assistant]")) == 1


def test_the_page_shows_the_place_in_the_queue(system: System) -> None:
    _, anna = system.chat_ui(MAX_REPLIES_PER_USER="1")
    sent, places = ask_at_once(system, anna, 4), set[str]()
    with ThreadPoolExecutor(len(sent)) as windows:
        for reply in sent:
            windows.submit(watch_places, anna, reply.address, places)
        try:
            wait_until(lambda: {"2", "3"} <= places, 30, lambda: f"only these places are shown: {places}")
        finally:
            for reply in sent:
                anna.http.post(f"{reply.address}/stop")


def test_ten_requests_of_one_user_do_not_starve_another(system: System) -> None:
    _, anna = system.chat_ui(MAX_REPLIES_PER_USER="1")
    bert = system.ending.enter_context(visiting(str(anna.http.base_url)))
    many = ask_at_once(system, anna, 10)
    one = bert.ask(system.open_chat(bert), "Hello")
    assert system.wait_for_end(bert, one)["status"] == "complete"
    assert sum(system.stored(anna, reply)["status"] == "queued" for reply in many) >= 5
    for reply in many:
        anna.http.post(f"{reply.address}/stop")


def test_the_page_shows_how_much_of_a_long_prompt_is_read(system: System) -> None:
    _, visitor = system.chat_ui()
    chat = system.open_chat(visitor)
    sent = visitor.ask(chat, "word " * 1500)
    seen = reading_percentages(visitor, sent.address)
    assert all(earlier <= later for earlier, later in pairwise(seen))


def ask_at_once(system: System, visitor: Visitor, count: int) -> list[Sent]:
    chats = [system.open_chat(visitor) for _ in range(count)]
    with ThreadPoolExecutor(count) as windows:
        return list(windows.map(lambda chat: visitor.ask(chat, LONG), chats))


def watch_places(visitor: Visitor, address: str, places: set[str]) -> None:
    """Add the places in the queue that the page shows, until the reply ends."""
    with visitor.http.stream("GET", f"{address}/events") as response:
        for line in response.iter_lines():
            if "place " in line:
                places.add(line.partition("place ")[2].split()[0])


def reading_percentages(visitor: Visitor, address: str) -> list[int]:
    with visitor.http.stream("GET", f"{address}/events") as response:
        lines = [line.partition("Reading: ")[2] for line in response.iter_lines() if "Reading: " in line]
    return [int(line.partition("%")[0]) for line in lines]


def test_a_reply_at_its_maximum_length_says_so_and_can_be_continued(system: System) -> None:
    _, visitor = system.chat_ui(MAX_REPLY_TOKENS="250")
    sent = visitor.ask(system.open_chat(visitor), LONG)
    stored = system.wait_for_end(visitor, sent)
    assert (stored["status"], stored["finish_reason"]) == ("complete", "length")
    assert "maximum length" in visitor.last_reply(sent.chat).text()
    visitor.http.post(f"{sent.address}/continue").raise_for_status()
    assert system.wait_for_end(visitor, sent)["text"] == system.undisturbed
