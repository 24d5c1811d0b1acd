import stat
from pathlib import Path

from tests.cli.conftest import Parley
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import make_key
from tests.support.drivers.terminal import ENTER


def file_of(home: Path) -> Path:
    return home / ".config" / "parley" / "config.json"


def without_key(parley: Parley) -> Parley:
    names = ("PARLEY_URL", "PARLEY_API_KEY")
    return Parley({name: value for name, value in parley.environment.items() if name not in names})


def test_a_key_is_saved_where_only_its_owner_can_read_it(world: FakeWorld, parley: Parley, tmp_path: Path) -> None:
    fresh = without_key(parley)
    said = fresh.run("login", "--url", f"{world.url}/", stdin=make_key(world) + "\n")
    assert str(file_of(tmp_path)) in said
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600
    assert fresh.run("chat", "Hello").startswith("The answer")
    shown = fresh.run("config")
    assert world.url in shown
    assert "parley_ada" in shown
    assert make_key(world)[:-2] + "0" not in shown


def test_the_prompt_for_the_key_does_not_show_it(world: FakeWorld, parley: Parley) -> None:
    with without_key(parley).on_terminal("login", "--url", world.url) as terminal:
        terminal.wait_for("API key: ")
        terminal.press(make_key(world) + ENTER)
        terminal.wait_for("Saved in")
        assert terminal.wait_for_end() == 0
    assert "parley_ada" not in terminal.shown


def test_a_key_that_does_not_work_is_not_saved(world: FakeWorld, parley: Parley, tmp_path: Path) -> None:
    for wrong in ("parley_wrong", "", "schlüssel"):
        said = without_key(parley).run("login", "--url", world.url, stdin=wrong, code=4)
        assert f"{world.url}/keys" in said
    assert not file_of(tmp_path).exists()


def test_without_a_key_the_error_says_how_to_get_one(world: FakeWorld, parley: Parley) -> None:
    said = without_key(parley).run("ls", PARLEY_URL=world.url, code=4)
    assert "/keys" in said
    assert said.count("\n") == 1


def test_a_read_only_key_cannot_ask(world: FakeWorld, parley: Parley) -> None:
    key = make_key(world, scopes=("read",))
    parley.run("chat", "Hello", PARLEY_API_KEY=key, code=4)
    parley.run("ls", PARLEY_API_KEY=key)


def test_an_address_that_does_not_answer_is_reported(parley: Parley) -> None:
    said = parley.run("ls", PARLEY_URL="http://127.0.0.1:9", code=3)
    assert "http://127.0.0.1:9" in said
    assert said.count("\n") == 1


def test_an_invalid_address_is_reported(parley: Parley) -> None:
    for wrong in ("localhost", "ftp://localhost", "http://"):
        assert wrong in parley.run("ls", PARLEY_URL=wrong, code=1)


def test_a_damaged_configuration_file_is_reported(parley: Parley, tmp_path: Path) -> None:
    file_of(tmp_path).parent.mkdir(parents=True)
    file_of(tmp_path).write_text("{")
    assert str(file_of(tmp_path)) in parley.run("ls", code=1)


def test_models_shows_the_model_that_answers(parley: Parley) -> None:
    assert parley.run("models") == "demo\n"
    assert '"id": "demo"' in parley.run("models", "--json")
