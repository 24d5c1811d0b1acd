import json
import os
import re
import signal
import sys
import uuid
from pathlib import Path

from tests.cli.conftest import Parley, replies
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import Program
from tests.support.drivers.terminal import CTRL_C, CTRL_D, ENTER
from tests.support.fakes.relay import relaying
from tests.support.fixtures.examples import run_examples
from tests.support.running.waiting import wait_until

ANSWER = "The answer is **forty-two**."
LONG = " ".join(f"word{number}" for number in range(1000))


def last_question(world: FakeWorld) -> str:
    """The last message of the model's last prompt."""
    return str(world.model.prompts[-1]["messages"][-1]["content"])


def test_a_pipe_gets_exactly_the_text(parley: Parley) -> None:
    assert parley.run("chat", "What is the answer?") == f"{ANSWER}\n"


def test_the_text_arrives_while_it_is_written(world: FakeWorld, parley: Parley) -> None:
    world.model.answer, world.model.pace = LONG, 0.05
    process = parley.start("chat", "Hello")
    assert process.stdout
    start = os.read(process.stdout.fileno(), 100)
    assert start.startswith(b"word0")
    assert replies(world)[0]["status"] != "complete"
    world.model.pace = 0
    rest, _ = process.communicate(timeout=60)
    assert (start + rest).decode() == f"{LONG}\n"


def test_piped_input_is_the_message(world: FakeWorld, parley: Parley) -> None:
    parley.run("chat", stdin="Wie heißt du?\n")
    assert last_question(world) == "Wie heißt du?"


def test_piped_input_is_appended_to_the_message(world: FakeWorld, parley: Parley) -> None:
    parley.run("chat", "Who is on this list?", stdin="Anna\nBert\n")
    assert last_question(world) == "Who is on this list?\n\nAnna\nBert"


def test_an_empty_or_unreadable_question_is_refused(parley: Parley) -> None:
    assert "nothing to ask" in parley.run("chat", code=2)
    assert "nothing to ask" in parley.run("chat", "  ", stdin="\n", code=2)
    assert "UTF-8" in parley.run("chat", stdin=b"\xff\xfe", code=1)


def test_a_conversation_continues_by_its_id_or_as_the_last(world: FakeWorld, parley: Parley, program: Program) -> None:
    first = json.loads(parley.run("chat", "--json", "One"))["conversation_id"]
    second = json.loads(parley.run("chat", "--json", "Two"))["conversation_id"]
    program.call("PATCH", f"/v1/conversations/{first}", json={"pinned": True}).raise_for_status()
    assert json.loads(parley.run("chat", "--json", "--last", "Three"))["conversation_id"] == second
    assert json.loads(parley.run("chat", "--json", "--conversation", first, "Four"))["conversation_id"] == first
    assert [message["content"] for message in world.model.prompts[-1]["messages"]] == ["One", ANSWER, "Four"]


def test_without_any_conversation_there_is_no_last_one(parley: Parley) -> None:
    assert "No conversations yet" in parley.run("chat", "--last", "Hello", code=1)


def test_json_has_the_answer_and_its_figures(parley: Parley) -> None:
    printed = json.loads(parley.run("chat", "--json", "Hello"))
    assert (printed["response"], printed["tokens_used"], printed["status"]) == (ANSWER, 14, "complete")


def test_reasoning_is_not_part_of_the_answer(world: FakeWorld, parley: Parley) -> None:
    world.model.thoughts = "Forty-one? No."
    assert parley.run("chat", "Hello") == f"{ANSWER}\n"
    printed = json.loads(parley.run("chat", "--json", "Hello"))
    assert (printed["response"], printed["reasoning"]) == (ANSWER, "Forty-one? No.")


def test_a_terminal_shows_that_the_model_thinks(world: FakeWorld, parley: Parley) -> None:
    world.model.thoughts, world.model.pace = "word " * 1_000, 0.05
    with parley.on_terminal("chat", "Hello") as terminal:
        terminal.wait_for("Thinking…")
        world.model.pace = 0
        terminal.wait_for("forty-two")
        assert terminal.wait_for_end() == 0


def test_a_failed_reply_is_an_error_with_its_reason(world: FakeWorld, parley: Parley) -> None:
    world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
    assert "refused" in parley.run("chat", "Hello", code=1)


def test_a_refusal_is_shown_in_parleys_words(parley: Parley) -> None:
    assert "16000" in parley.run("chat", "x" * 16001, code=1).replace(",", "").replace("\u202f", "")
    assert "conversation" in parley.run("chat", "--conversation", str(uuid.uuid4()), "Hello", code=1)


def test_a_lost_connection_is_resumed_where_it_broke(world: FakeWorld, parley: Parley) -> None:
    world.model.answer, world.model.pace = LONG, 0.05
    with relaying(world.url) as relay:
        process = parley.start("chat", "Hello", PARLEY_URL=relay.url)
        assert process.stdout
        start = os.read(process.stdout.fileno(), 100)
        before = relay.connections
        relay.cut()
        wait_until(lambda: relay.connections > before, 30)
        world.model.pace = 0
        rest, _ = process.communicate(timeout=60)
    assert (start + rest).decode() == f"{LONG}\n"
    assert len(replies(world)) == 1


def test_ctrl_c_stops_the_reply_and_keeps_its_text(world: FakeWorld, parley: Parley) -> None:
    world.model.answer, world.model.pace = LONG, 0.05
    with parley.on_terminal("chat", "Hello") as terminal:
        terminal.wait_for("word3")
        terminal.press(CTRL_C)
        assert terminal.wait_for_end() == 130
    [reply] = replies(world)
    assert reply["status"] == "stopped"
    assert reply["content"].split()[-1] in terminal.shown
    wait_until(lambda: world.model.running == 0, 10)


def test_a_signal_stops_the_reply(world: FakeWorld, parley: Parley) -> None:
    world.model.answer, world.model.pace = LONG, 0.05
    process = parley.start("chat", "--json", "Hello")
    # The command has its reply by the time that several words are stored.
    wait_until(lambda: any(len(reply["content"]) > 100 for reply in replies(world)), 30)
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert json.loads(printed)["status"] == replies(world)[0]["status"] == "stopped"


def test_closing_the_pipe_stops_the_reply(world: FakeWorld, parley: Parley) -> None:
    world.model.answer, world.model.pace = LONG, 0.05
    process = parley.start("chat", "Hello")
    assert process.stdout
    os.read(process.stdout.fileno(), 100)
    process.stdout.close()
    assert process.wait(timeout=30) == 1
    assert process.stderr
    assert process.stderr.read() == b""
    process.stderr.close()
    assert replies(world)[0]["status"] == "stopped"


def test_a_terminal_shows_markdown(world: FakeWorld, parley: Parley) -> None:
    world.model.answer = "# Moon\n\nIt is **far** away, <b>really</b>.\x1b]0;owned\x07\n\n- one\n- two\n"
    with parley.on_terminal("chat", "Hello") as terminal:
        assert terminal.wait_for_end() == 0
    assert "\x1b[1mfar\x1b[0m" in terminal.shown
    assert "**" not in terminal.shown
    assert "<b>really</b>" in terminal.shown
    assert "\x1b]0" not in terminal.shown
    assert re.search(r"• .*one", terminal.shown)


def test_a_reply_longer_than_the_screen_is_shown_once(world: FakeWorld, parley: Parley) -> None:
    world.model.answer = "\n\n".join(f"Paragraph {number}." for number in range(60))
    with parley.on_terminal("chat", "Hello") as terminal:
        assert terminal.wait_for_end() == 0
    shown = re.findall(r"Paragraph (\d+)\.", terminal.shown)
    assert list(dict.fromkeys(shown)) == [str(number) for number in range(60)]


def test_a_conversation_on_a_terminal(world: FakeWorld, parley: Parley) -> None:
    with parley.on_terminal("chat") as terminal:
        terminal.wait_for("> ")
        terminal.press(f"What is the answer?{ENTER}")
        terminal.wait_for("forty-two")
        terminal.wait_for("> ")
        world.model.answer, world.model.pace = LONG, 0.05
        terminal.press(f"And now?{ENTER}")
        terminal.wait_for("word3")
        terminal.press(CTRL_C)
        terminal.wait_for("Stopped.")
        terminal.wait_for("> ")
        world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
        terminal.press(f"Again?{ENTER}")
        terminal.wait_for("refused")
        terminal.wait_for("> ")
        terminal.press(CTRL_D)
        terminal.wait_for("parley chat --conversation")
        assert terminal.wait_for_end() == 0
    assert [reply["status"] for reply in replies(world)] == ["complete", "stopped", "failed"]
    assert len(world.db.chats) == 1


def test_the_examples_of_the_readme_work_as_printed(world: FakeWorld, parley: Parley, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    printed = run_examples("cli/README.md", tmp_path, **parley.environment | {"PATH": path})
    assert (tmp_path / "answer.txt").read_text() == f"{ANSWER}\n"
    for shown in (f"{ANSWER}\n", "## You\n\nAnd the sun?", "14 tokens", "\ndemo\n"):
        assert shown in printed, shown
