"""The shell blocks that need no Docker, each run once. (`bash` sessions are run beside the service they talk to.)"""

import re
import shutil
import sys
import tomllib
from pathlib import Path

import httpx
import pytest
from parley_local.ports import free_port

from tests.docs.documents import ROOT, code_spans, documents, shell_blocks
from tests.docs.shell import example, folder_with_the_environment, run, started
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import make_key


@pytest.fixture
def port() -> int:
    return free_port()


def test_one_command_sets_up_and_one_lists_the_others() -> None:
    assert "make the virtual environment" in run(example("CONTRIBUTING.md", "make setup"))


def test_one_command_starts_parley(place: Path, port: int) -> None:
    settings = {"PARLEY_DIRECTORY": str(place), "PARLEY_PORT": str(port), "MODEL": "demo", "CI": "true"}
    url = f"http://127.0.0.1:{port}"
    with started(example("README.md", "make run"), f"{url}/health/ready", environment=settings):
        assert "Parley" in httpx.get(url, trust_env=False).text


def test_curl_uses_the_pages(world: FakeWorld, tmp_path: Path) -> None:
    said = run(example("README.md", "name=Ada"), tmp_path, replace={"http://localhost": world.url})
    assert "<title>" in said
    assert '"status"' in said


def test_curl_has_a_whole_conversation(world: FakeWorld, tmp_path: Path) -> None:
    said = run(example("chat-ui/README.md", "name=Ada"), tmp_path, replace={"http://localhost": world.url})
    assert "event:" in said
    assert "forty-two" in said
    assert '"status"' in said


def test_the_command_line_is_installed(tmp_path: Path) -> None:
    home = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    run(example("cli/README.md", "uv tool install"), environment=home)
    assert (tmp_path / "bin" / "parley").exists()


def test_the_command_line_keeps_a_key_and_asks(world: FakeWorld, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    here = {"http://localhost": world.url}
    login = f"echo {make_key(world)} | " + example("cli/README.md", "parley login")
    assert "config.json" in run(login, tmp_path, replace=here, environment=home)
    assert "forty-two" in run(example("README.md", "parley chat"), environment=home)


def test_chat_ui_starts_alone(tmp_path: Path, port: int) -> None:
    alone = example("chat-ui/README.md", "python -m chat_ui")
    folder = folder_with_the_environment(tmp_path)
    with started(alone, f"http://127.0.0.1:{port}/health/live", folder, replace={"8001": str(port)}):
        pass


def test_db_api_starts_alone(place: Path, port: int) -> None:
    alone, postgres = example("db-api/README.md", "python -m db_api.migrate"), str(free_port())
    folder = folder_with_the_environment(place)
    health = f"http://127.0.0.1:{port}/health/ready"
    with started(alone, health, folder, replace={"5433": postgres}, environment={"LISTEN_PORT": str(port)}):
        pass


def test_the_model_server_starts_alone(tmp_path: Path, port: int) -> None:
    alone, folder = example("lm-api/README.md", "lm_api serve"), folder_with_the_environment(tmp_path)
    with started(alone, f"http://127.0.0.1:{port}/health", folder, replace={"8090": str(port)}):
        pass


def test_a_language_is_added(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "chat-ui", tmp_path / "chat-ui")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / ".synced").touch()
    run(example("chat-ui/README.md", "pybabel init"), tmp_path)
    assert (tmp_path / "chat-ui/chat_ui/locales/fr/LC_MESSAGES/messages.po").exists()


def test_what_a_worked_example_looks_for_is_found() -> None:
    searches = [span.text for span in code_spans("CONTRIBUTING.md") if span.text.startswith("grep ")]
    assert searches
    for search in searches:
        assert run(search), search


def test_every_measurement_and_model_that_a_block_names_exists() -> None:
    bench = {
        path.stem
        for path in ROOT.glob("bench/**/*.py")
        if re.search(r"^def (measure|curves)\(", path.read_text(), re.MULTILINE)
    }
    catalogue = tomllib.loads((ROOT / "lm-api/lm_api/models.toml").read_text()).keys() | {"demo"}
    for block in (block for document in documents() for block in shell_blocks(document)):
        named = " ".join(re.findall(r'NAMES="?([a-z_ ]+)', block.text)).split()
        assert set(named) <= bench, block
        assert set(re.findall(r"\bMODEL=([\w.-]+)\s", block.text)) <= catalogue, block
