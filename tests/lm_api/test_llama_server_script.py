"""`llama-server.sh`, which runs the server in its container, with a script in the server's place."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.running.waiting import wait_until

SCRIPT = Path(__file__).parents[2] / "lm-api" / "llama-server.sh"
DEADLINE_SECONDS = 20
SERVER = """#!/bin/sh
printf '<%s>' "$@" >>"$TMPDIR/starts"
echo >>"$TMPDIR/starts"
[ "$1" = --fail ] && exit 3
exec sleep 1000
"""


class Container:
    def __init__(self, directory: Path) -> None:
        self._arguments = directory / "current" / "arguments"
        self._starts = directory / "starts"
        program = directory / "server"
        program.write_text(SERVER)
        program.chmod(0o755)
        own = {"MODELS_DIR": str(directory), "TMPDIR": str(directory), "LLAMA_SERVER": str(program)}
        self.process = subprocess.Popen(
            ["sh", SCRIPT], env=os.environ | own, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    @property
    def starts(self) -> list[str]:
        """The arguments of each start of the server."""
        return self._starts.read_text().splitlines() if self._starts.exists() else []

    def write_fallback(self, *arguments: str) -> None:
        self._arguments.parent.mkdir(exist_ok=True)
        self._arguments.with_name("fallback").write_text("".join(f"{argument}\n" for argument in arguments))

    def write_arguments(self, *arguments: str) -> None:
        """Replace the file as the model service does."""
        self._arguments.parent.mkdir(exist_ok=True)
        partial = self._arguments.with_suffix(".part")
        partial.write_text("".join(f"{argument}\n" for argument in arguments))
        partial.replace(self._arguments)


def is_any_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    container = Container(tmp_path)
    yield container
    if container.process.poll() is None:
        os.killpg(container.process.pid, signal.SIGKILL)
    container.process.communicate()


def test_the_server_starts_once_there_are_arguments_and_restarts_when_they_change(container: Container) -> None:
    assert container.process.stdout
    assert container.process.stdout.readline().startswith("Waiting for the model service")
    container.write_arguments("--alias", "two words", "--cors-origins", "")
    wait_until(lambda: container.starts == ["<--alias><two words><--cors-origins><>"])
    container.write_arguments("--alias", "other")
    wait_until(lambda: container.starts[1:] == ["<--alias><other>"])
    container.process.terminate()
    assert container.process.wait(DEADLINE_SECONDS) == 0
    wait_until(lambda: not is_any_left(container.process.pid))


def test_the_container_ends_with_the_exit_code_of_its_server(container: Container) -> None:
    container.write_arguments("--fail")
    assert container.process.wait(DEADLINE_SECONDS) == 3


def test_a_server_that_ends_again_and_again_is_replaced_by_the_fallback(container: Container) -> None:
    container.write_fallback("--alias", "demo")
    container.write_arguments("--fail")
    wait_until(lambda: container.starts == ["<--fail>"] * 3 + ["<--alias><demo>"], 20)
    container.write_arguments("--alias", "smaller")
    wait_until(lambda: container.starts[4:] == ["<--alias><smaller>"], 20)


def test_a_fallback_that_ends_ends_the_container(container: Container) -> None:
    container.write_fallback("--fail", "too")
    container.write_arguments("--fail")
    assert container.process.wait(DEADLINE_SECONDS) == 3
    assert container.starts == ["<--fail>"] * 3 + ["<--fail><too>"]
