"""A message is sent and its reply streamed, as the page with scripts and the page without them do it."""

import re
import uuid
from collections.abc import Iterator

import pytest

from tests.support.drivers.chat_ui import FakeServices, FakeWorld, Sent, Visitor


def test_a_message_is_answered(visitor: Visitor) -> None:
    reply = visitor.ask_and_wait(visitor.open_chat(), "What is the answer?")
    assert reply.attributes["data-status"] == "complete"
    assert reply.css_first(".text p").html == "<p>The answer is <strong>forty-two</strong>.</p>"


def test_the_fragment_holds_the_message_and_its_growing_reply(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    fragment = visitor.send(chat, "Hello").text
    assert 'data-role="user"' in fragment
    assert f'hx-sse:connect="{chat}/replies/' in fragment
    assert "noscript" not in fragment  # a script that puts one into a page brings what it holds to life


def test_without_scripts_the_answer_is_a_redirect_to_the_chat(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.http.follow_redirects = False
    response = visitor.send(chat, "Hello", htmx=False)
    assert (response.status_code, response.headers["location"]) == (303, f"{chat}#latest")


def test_the_frame_without_scripts_ends_with_the_reply(visitor: Visitor) -> None:
    sent = visitor.ask(visitor.open_chat(), "Hello")
    frame = visitor.http.get(f"{sent.address}/frame").text
    assert "<strong>forty-two</strong>" in frame
    assert "Show the finished reply" in frame


def test_the_first_message_gives_the_chat_its_title(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    visitor.ask_and_wait(chat, "How do tides work?\nIn detail.")
    assert visitor.page(chat).css_first("h1").text() == "How do tides work?"


def test_the_model_gets_the_whole_path_byte_for_byte(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "First")
    visitor.ask_and_wait(chat, "Second")
    assert [(m["role"], m["content"]) for m in world.model.prompts[1]["messages"]] == [
        ("user", "First"),
        ("assistant", world.model.answer),
        ("user", "Second"),
    ]


def test_a_finished_replys_stream_gives_the_stored_text_and_ends(visitor: Visitor) -> None:
    sent = visitor.ask(visitor.open_chat(), "Hello")
    assert visitor.events(sent)[-2:] == visitor.events(sent)[-2:]


def test_two_windows_on_one_reply_show_the_same(world: FakeWorld, visitor: Visitor) -> None:
    world.model.pace = 0.05
    sent = visitor.ask(visitor.open_chat(), "Hello")
    assert visitor.events(sent)[-2:] == visitor.events(sent)[-2:]


def test_a_page_that_connects_again_gets_what_it_lacks_and_nothing_twice(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = "first\n\nsecond\n\nthird\n\n" + "word " * 100, 0.02
    sent = visitor.ask(visitor.open_chat(), "Hello")
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        seen = event_ids_until(response.iter_lines(), "<p>word word")
    with visitor.http.stream("GET", f"{sent.address}/events", headers={"Last-Event-ID": seen[-1]}) as response:
        again = next(line for line in response.iter_lines() if "data: " in line)
    assert "first" not in again
    assert "word word" in again
    visitor.http.post(f"{sent.address}/stop")


def test_a_page_that_has_another_text_gets_everything_afresh(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = "first\n\nsecond\n\n" + "word " * 100, 0.02
    sent = visitor.ask(visitor.open_chat(), "Hello")
    with visitor.http.stream("GET", f"{sent.address}/events", headers={"Last-Event-ID": "7-00000000"}) as response:
        assert any('hx-target="#text-' in line for line in response.iter_lines())
    visitor.http.post(f"{sent.address}/stop")


def test_the_same_token_twice_is_one_message(world: FakeWorld, visitor: Visitor) -> None:
    chat, token = visitor.open_chat(), str(uuid.uuid4())
    visitor.send(chat, "Once", token)
    again = visitor.send(chat, "Once", token)
    assert again.headers["HX-Redirect"] == chat
    assert [m["content"] for m in world.db.messages.values() if m["role"] == "user"] == ["Once"]


def test_closing_the_stream_does_not_stop_the_reply(world: FakeWorld, visitor: Visitor) -> None:
    world.model.pace = 0.05
    sent = visitor.ask(visitor.open_chat(), "Hello")
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        next(response.iter_lines())
    visitor.events(sent)
    assert world.db.messages[sent.reply_id]["content"] == world.model.answer


def test_stop_keeps_the_text_and_frees_the_slot(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = "word " * 400, 0.02
    sent = visitor.ask(visitor.open_chat(), "Hello")
    wait_for_text(visitor, sent.address)
    visitor.http.post(f"{sent.address}/stop")
    visitor.events(sent)
    stored = world.db.messages[sent.reply_id]
    assert stored["status"] == "stopped"
    assert stored["content"].startswith("word word")
    assert world.model.running == 0


def test_continue_goes_on_from_the_text(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = " ".join(str(n) for n in range(200)), 0.01
    sent = visitor.ask(visitor.open_chat(), "Count")
    wait_for_text(visitor, sent.address)
    visitor.http.post(f"{sent.address}/stop")
    visitor.events(sent)
    world.model.pace = 0
    visitor.http.post(f"{sent.address}/continue")
    visitor.events(sent)
    assert world.db.messages[sent.reply_id]["content"] == world.model.answer
    assert world.model.prompts[1]["messages"][-1]["role"] == "assistant"


def test_regenerate_opens_another_reply_beside_it(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    sent = visitor.ask(chat, "Hello")
    visitor.events(sent)
    visitor.http.post(f"{sent.address}/regenerate")
    visitor.events(Sent(chat, str(visitor.last_reply(chat).id).removeprefix("message-")))
    reply = visitor.last_reply(chat)
    assert reply.css_first(".branches span").text() == "2 / 2"


def test_an_edit_is_another_branch_and_both_can_be_chosen(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "Helo")
    question = visitor.page(chat).css_first("article[data-role=user]").attributes["id"].removeprefix("message-")
    token = str(uuid.uuid4())
    visitor.http.post(f"{chat}/messages/{question}/edit", data={"content": "Hello", "client_token": token})
    assert visitor.page(chat).css_first("article[data-role=user] .text").text() == "Hello"
    visitor.http.post(f"{chat}/branch", data={"message_id": question})
    page = visitor.page(chat)
    assert page.css_first("article[data-role=user] .text").text() == "Helo"
    assert page.css_first("article[data-role=assistant]").attributes["data-status"] == "complete"


@pytest.mark.parametrize("pieces", [1, 4, 9])
def test_a_model_server_that_breaks_off_is_asked_to_go_on(world: FakeWorld, visitor: Visitor, pieces: int) -> None:
    world.model.answer, world.model.break_after = "one two three four five six seven eight nine ten", pieces
    sent = visitor.ask(visitor.open_chat(), "Count")
    visitor.events(sent)
    assert world.db.messages[sent.reply_id]["content"] == world.model.answer


def test_a_model_that_is_away_is_waited_for_and_the_page_says_so(world: FakeWorld, visitor: Visitor) -> None:
    world.model.away = True
    sent = visitor.ask(visitor.open_chat(), "Hello")
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        lines = response.iter_lines()
        assert any("is not responding" in line for line in lines)
        world.model.away = False
        assert any("forty-two" in line for line in lines)


def test_out_of_patience_the_reply_fails_and_can_be_tried_again(services: FakeServices) -> None:
    with services.world(lm_patience=0.5) as world:
        visitor = world.visitor()
        world.model.away = True
        sent = visitor.ask(visitor.open_chat(), "Hello")
        visitor.events(sent)
        reply = visitor.last_reply(sent.chat)
        assert reply.attributes["data-status"] == "failed"
        assert reply.css_first(".problem").text() == "The language model does not respond. Try again in a moment."
        world.model.away = False
        assert "Try again" in reply.text()
        visitor.http.post(f"{sent.address}/continue")
        visitor.events(sent)
        assert visitor.last_reply(sent.chat).attributes["data-status"] == "complete"


def test_a_message_beyond_the_models_memory_says_so(world: FakeWorld, visitor: Visitor) -> None:
    error = {"code": 400, "type": "exceed_context_size_error", "message": "…", "n_prompt_tokens": 9000, "n_ctx": 4096}
    world.model.refusal = error
    reply = visitor.ask_and_wait(visitor.open_chat(), "Hello")
    assert "it takes 9000 tokens" in reply.css_first(".problem").text()


def wait_for_text(visitor: Visitor, address: str) -> None:
    """Until the page shows two words and more."""
    with visitor.http.stream("GET", f"{address}/events") as response:
        assert any(re.search(r"<p>\w+ \w+ ", line) for line in response.iter_lines())


def test_what_the_model_writes_is_storable_whatever_it_writes(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer = "a \0 b \ud800 c"
    sent = visitor.ask(visitor.open_chat(), "Hello")
    visitor.events(sent)
    assert world.db.messages[sent.reply_id]["content"] == "a \ufffd b \ufffd c"


def event_ids_until(lines: Iterator[str], text: str) -> list[str]:
    """The ids of all events up to the one that holds the text."""
    ids, found = [], False
    for line in lines:
        found = found or text in line
        if line.startswith("id: "):
            ids.append(line.removeprefix("id: "))
            if found:
                break
    return ids


def test_a_model_that_ignores_its_limit_is_cut_off(services: FakeServices) -> None:
    with services.world(max_reply_tokens=20) as world:
        world.model.answer = "word " * 500
        visitor = world.visitor()
        reply = visitor.ask_and_wait(visitor.open_chat(), "Hello")
        assert reply.attributes["data-status"] == "complete"
        assert len(reply.css_first(".text").text().split()) == 20
        assert world.model.running == 0


def test_a_chats_own_limit_cannot_exceed_the_operators(services: FakeServices) -> None:
    with services.world(max_reply_tokens=20) as world:
        visitor = world.visitor()
        chat = visitor.open_chat()
        world.db.chats[chat.rpartition("/")[2]]["settings"] = {"max_tokens": 131_072}
        visitor.ask_and_wait(chat, "Hello")
        assert world.model.prompts[-1]["max_tokens"] == 20


@pytest.mark.parametrize("refusal", [(422, "invalid-request"), (500, "internal-error")])
def test_a_reply_whose_end_is_refused_fails_with_what_is_stored(
    world: FakeWorld, visitor: Visitor, refusal: tuple[int, str]
) -> None:
    world.db.refused_end = refusal
    sent = visitor.ask(visitor.open_chat(), "Hello")
    visitor.events(sent)
    assert visitor.last_reply(sent.chat).attributes["data-status"] == "failed"
    assert world.db.messages[sent.reply_id]["status"] == "failed"


def test_text_that_is_refused_ends_its_own_reply_alone(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = "one two three poison " + "more " * 200, 0.01
    other = world.visitor()
    world.db.refused_text = "poison"
    poisoned = visitor.ask(visitor.open_chat(), "Hello")
    visitor.events(poisoned)
    world.model.answer, world.model.pace = "All is well.", 0.0
    assert world.db.messages[poisoned.reply_id]["status"] == "failed"
    assert other.ask_and_wait(other.open_chat(), "Hello").css_first(".text").text(strip=True) == "All is well."
