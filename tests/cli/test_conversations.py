import json
import uuid

from tests.cli.conftest import Parley
from tests.support.drivers.terminal import ENTER

ANSWER = "The answer is **forty-two**."


def ask(parley: Parley, message: str) -> str:
    """Ask in a new conversation and return its id."""
    return str(json.loads(parley.run("chat", "--json", message))["conversation_id"])


def test_a_pipe_gets_a_line_for_each_conversation(parley: Parley) -> None:
    ids = [ask(parley, "Moon"), ask(parley, "Sun")]
    lines = [line.split("\t") for line in parley.run("ls").splitlines()]
    assert [line[0] for line in lines] == ids[::-1]
    assert [line[2] for line in lines] == ["Sun", "Moon"]
    assert [chat["id"] for chat in json.loads(parley.run("ls", "--json", "--limit", "1"))] == ids[1:]


def test_conversations_can_be_searched(parley: Parley) -> None:
    moon, _ = ask(parley, "Moon"), ask(parley, "Sun")
    assert parley.run("ls", "--search", "moon").split("\t")[0] == moon
    assert parley.run("ls", "--search", "comet") == ""


def test_a_terminal_gets_a_table(parley: Parley) -> None:
    chat = ask(parley, "[red]A title that is much longer than what a table has room for on such a screen[/red]")
    with parley.on_terminal("ls") as terminal:
        assert terminal.wait_for_end() == 0
    assert "last used" in terminal.shown
    assert "[red]A title" in terminal.shown
    assert chat in terminal.shown


def test_a_conversation_is_shown(parley: Parley) -> None:
    chat = ask(parley, "Moon")
    assert parley.run("show", chat) == f"# Moon\n\n## You\n\nMoon\n\n## Parley\n\n{ANSWER}\n"
    assert json.loads(parley.run("show", "--json", chat))["messages"][1]["content"] == ANSWER
    with parley.on_terminal("show", chat) as terminal:
        assert terminal.wait_for_end() == 0
    assert "forty-two" in terminal.shown
    assert "**" not in terminal.shown


def test_conversations_are_deleted(parley: Parley) -> None:
    parley.run("rm", ask(parley, "Moon"), ask(parley, "Sun"))
    assert parley.run("ls") == ""


def test_a_terminal_asks_before_it_deletes(parley: Parley) -> None:
    chat = ask(parley, "Moon")
    for answer, left in (("n", 1), ("y", 0)):
        with parley.on_terminal("rm", chat) as terminal:
            terminal.wait_for("Delete 1 conversation? [y/N]")
            terminal.press(answer + ENTER)
            assert terminal.wait_for_end() == left
        assert len(parley.run("ls").splitlines()) == left


def test_a_missing_conversation_is_reported_in_one_sentence(parley: Parley) -> None:
    for command in ("show", "rm"):
        said = parley.run(command, str(uuid.uuid4()), code=1)
        assert said.startswith("parley: ")
        assert said.count("\n") == 1
    parley.run("show", "no-id", code=2)
