"""A model that thinks first: its thoughts are kept, shown folded away, and left out where they are not wanted."""

import itertools
import json
import uuid

import pytest
from chat_ui.clients.model.stream_parser import PartReader
from chat_ui.markdown.render import render
from chat_ui.models.chats import ChatSettings
from chat_ui.models.prompts import Delta, Part, Thought
from chat_ui.models.reasoning import ReasonedText, split
from chat_ui.services.model.prompt import build_prompt, resumable_text
from chat_ui.services.replies.html_updates import HtmlUpdates
from chat_ui.services.replies.state import ReplyState

from tests.support.drivers.chat_ui import FakeWorld, Visitor
from tests.support.drivers.program import text_of, thoughts_of, with_key
from tests.support.running.waiting import wait_until

THOUGHTS = "They ask for *one* number.\n\nIt is forty-two."
ANSWER = "The answer is **forty-two**."


@pytest.mark.parametrize("tags", [False, True], ids=["reasoning_content", "think tags"])
def test_thoughts_fold_away_with_how_long_they_took(world: FakeWorld, visitor: Visitor, tags: bool) -> None:
    world.model.thoughts, world.model.tags = THOUGHTS, tags
    reply = visitor.ask_and_wait(visitor.open_chat(), "What is the answer?")
    details = reply.css_first("details.thoughts")
    assert "open" not in details.attributes
    assert details.css_first("summary").text() == "Thought for 1 s"
    assert (
        details.css_first(".thoughts-text").inner_html
        == "<p>They ask for <em>one</em> number.</p>\n<p>It is forty-two.</p>\n"
    )
    assert reply.css_first(".text > p").html == "<p>The answer is <strong>forty-two</strong>.</p>"


def test_they_are_kept_out_of_copies_exports_and_later_turns(world: FakeWorld, visitor: Visitor) -> None:
    world.model.thoughts = THOUGHTS
    chat = visitor.open_chat()
    sent = visitor.ask(chat, "First")
    visitor.events(sent)
    visitor.ask_and_wait(chat, "Second")
    assert visitor.http.get(f"{sent.address}/text").text == ANSWER
    assert "They ask" not in visitor.http.get(f"{chat}/export?format=md").text
    exported = visitor.http.get(f"{chat}/export?format=json").json()["messages"][1]
    assert (exported["content"], exported["reasoning"]) == (ANSWER, THOUGHTS)
    assert exported["reasoning_seconds"] >= 0
    assert world.model.prompts[1]["messages"][1] == {"role": "assistant", "content": ANSWER}


def test_programs_get_them_apart_from_the_answer(world: FakeWorld) -> None:
    world.model.thoughts = THOUGHTS
    program = with_key(world)
    answer = program.chat("Hello")
    assert (answer["response"], answer["reasoning"]) == (ANSWER, THOUGHTS)
    messages = program.get(f"/v1/conversations/{answer['conversation_id']}/messages").json()["items"]
    assert (messages[1]["content"], messages[1]["reasoning"]) == (ANSWER, THOUGHTS)
    events = program.stream("Hello")
    assert (thoughts_of(events), text_of(events)) == (THOUGHTS, ANSWER)


@pytest.mark.parametrize("tags", [False, True], ids=["reasoning_content", "think tags"])
def test_a_program_takes_up_a_stream_in_the_thoughts_or_in_the_answer(world: FakeWorld, tags: bool) -> None:
    world.model.thoughts, world.model.tags, world.model.pace = THOUGHTS, tags, 0.05
    program = with_key(world)
    events = program.stream("Hello")
    kinds = [kind for event in events for kind in event.data if kind in ("reasoning", "token", "done")]
    assert kinds == sorted(kinds, key=("reasoning", "token", "done").index)
    end = events[-1].data
    reply = f"/v1/conversations/{end['conversation_id']}/replies/{end['reply_id']}"
    for count, seen in enumerate(events[:-1], 1):
        known, rest = events[:count], program.events(reply, seen.id)
        assert (thoughts_of(known + rest), text_of(known + rest)) == (THOUGHTS, ANSWER)
        assert ("reasoning" in rest[0].data) == (len(thoughts_of(known)) < len(THOUGHTS))
    assert program.events(reply, "r9")[0].data == {"reasoning": THOUGHTS[9:]}


def test_a_program_may_stop_the_model_while_it_thinks(world: FakeWorld) -> None:
    world.model.thoughts, world.model.pace = "word " * 900, 0.02
    program = with_key(world)
    reply = program.post("/v1/chat", {"message": "Hello", "background": True}).headers["location"]
    wait_until(lambda: (program.get(reply).json()["reasoning"] or "").startswith("word word"))
    stopped = program.post(f"{reply}/stop").json()
    assert (stopped["status"], stopped["content"]) == ("stopped", "")
    assert stopped["reasoning"].startswith("word word")


@pytest.mark.parametrize("words", range(1, 14))
def test_a_reply_that_broke_off_while_thinking_thinks_on(world: FakeWorld, visitor: Visitor, words: int) -> None:
    world.model.thoughts, world.model.break_after = THOUGHTS, words
    sent = visitor.ask(visitor.open_chat(), "Hello")
    visitor.events(sent)
    stored = split(world.db.messages[sent.reply_id]["content"])
    assert (stored.thoughts, stored.answer, stored.thinking) == (THOUGHTS, ANSWER, False)


def test_a_reply_that_was_stopped_while_thinking_shows_it_and_goes_on(world: FakeWorld, visitor: Visitor) -> None:
    world.model.thoughts, world.model.pace = "word " * 900, 0.02
    sent = visitor.ask(visitor.open_chat(), "Hello")
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        assert any("Thinking" in line for line in response.iter_lines())
    visitor.http.post(f"{sent.address}/stop")
    visitor.events(sent)
    reply = visitor.last_reply(sent.chat)
    assert reply.css_first("details.thoughts summary").text() == "Stopped while thinking"
    world.model.pace = 0
    visitor.http.post(f"{sent.address}/continue")
    visitor.events(sent)
    assert split(world.db.messages[sent.reply_id]["content"]).answer == ANSWER


def test_the_page_gets_each_finished_block_once() -> None:
    reasoned = ReasonedText("", clock=itertools.count().__next__)
    text = reasoned.think(f"{THOUGHTS}\n\nSure?") + reasoned.answer(f"{ANSWER}\n\nReally.")
    state = state_of("")
    page, thoughts, answer = HtmlUpdates(state), "", ""
    for at, char in enumerate(text):
        state.write(at, char)
        update = page.update()
        assert update.fresh == (at in (0, len("<think>\n")))  # where thoughts begin, a place is made for them
        if update.thoughts:
            thoughts += update.thoughts.finished
            thought = update.thoughts.open
        answer += update.answer.finished
    anchor = f"{state.reply_id}-"
    assert thoughts + thought == render(f"{THOUGHTS}\n\nSure?", anchor)
    assert answer + update.answer.open == render(f"{ANSWER}\n\nReally.", anchor)


def test_a_page_that_connects_again_anywhere_gets_the_rest() -> None:
    reasoned = ReasonedText("", clock=itertools.count().__next__)
    text = reasoned.think(f"{THOUGHTS}\n\nSure?\n") + reasoned.answer(f"{ANSWER}\n\nReally.")
    whole = state_of(text)
    for end in range(len(text)):
        seen = HtmlUpdates(state_of(text[:end])).update().event_id
        update = HtmlUpdates(whole, seen).update()
        has = 0 if update.fresh else int(seen.split("-")[0])
        shown = (update.thoughts.finished + update.thoughts.open if update.thoughts else "") + update.answer.finished
        for word in ("number", "forty-two.<", "Sure", "answer"):
            assert (word in shown) == (has <= text.index(word.removesuffix("<")))
        assert "Really" in update.answer.open


def state_of(text: str) -> ReplyState:
    state = ReplyState(uuid.uuid4(), uuid.uuid4())
    state.write(0, text)
    return state


@pytest.mark.parametrize("step", [1, 2, 5, 100])
@pytest.mark.parametrize(
    ("text", "thoughts", "answer"),
    [
        ("<think>\nWell.\n</think>\n\nBlue.", "Well.", "Blue."),
        ("\n<think>Well, </thin air>.</think>Blue.", "Well, </thin air>.", "Blue."),
        ("<think>\n\n</think>\n\nBlue.", "", "Blue."),
        ("<thought> is a word", "", "<thought> is a word"),
        (" Blue <think>x</think>", "", " Blue <think>x</think>"),
        ("<thi", "", "<thi"),
    ],
)
def test_tags_are_found_however_the_stream_is_cut(text: str, thoughts: str, answer: str, step: int) -> None:
    pieces = [{"content": text[at : at + step]} for at in range(0, len(text), step)]
    stored = split(written(read_all(pieces)))
    assert (stored.thoughts, stored.answer) == (thoughts, answer)


def read_all(deltas: list[dict[str, str]]) -> list[Part]:
    lines = [{"delta": delta} for delta in deltas] + [{"delta": {}, "finish_reason": "stop"}]
    reader = PartReader("", seeking=True)
    parts = [part for choice in lines for part in reader.read(b"data: " + json.dumps({"choices": [choice]}).encode())]
    return [*parts, *reader.end()]


def written(parts: list[Part]) -> str:
    reasoned, text = ReasonedText(""), ""
    for part in parts:
        match part:
            case Thought(thought):
                text += reasoned.think(thought)
            case Delta(more):
                text += reasoned.answer(more)
    return text


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("The ans", "The"),
        ("<think>\nThey ask for on", "<think>\nThey ask for"),
        ("<think>\nThey", ""),
        ('<think>\nThey ask.\n</think seconds="1.0">\n\nThe', "<think>\nThey ask."),
        ('<think>\nThey ask.\n</think seconds="1.0">\n\nThe ans', '<think>\nThey ask.\n</think seconds="1.0">\n\nThe'),
    ],
)
def test_a_reply_goes_on_from_whole_words_of_either_part(text: str, begin: str) -> None:
    assert resumable_text(text) == begin


def test_the_model_is_given_its_thoughts_to_go_on_from() -> None:
    text = '<think>\nThey ask.\n</think seconds="1.0">\n\nThe answer'
    turn = build_prompt([], ChatSettings(), text, context_tokens=4096, max_tokens=100).turns[-1]
    assert (turn.role, turn.content, turn.reasoning) == ("assistant", "The answer", "They ask.")
