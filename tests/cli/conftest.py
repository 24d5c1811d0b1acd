"""The `parley` command as a process, talking to the real chat-ui with fakes behind it."""

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import Program, make_key, with_key
from tests.support.drivers.terminal import Terminal, on_terminal

COMMAND = str(Path(sys.executable).with_name("parley"))


@dataclass
class Parley:
    """The command with its own home directory."""

    environment: dict[str, str]

    def run(self, *arguments: str, stdin: str | bytes = "", code: int = 0, **environment: str) -> str:
        """Return its standard output, and its standard error too if `code` is not 0."""
        done = subprocess.run(
            [COMMAND, *arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            env=self.environment | environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        return (done.stdout + done.stderr if code else done.stdout).decode()

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def on_terminal(self, *arguments: str) -> AbstractContextManager[Terminal]:
        return on_terminal([COMMAND, *arguments], self.environment)


@pytest.fixture
def parley(world: FakeWorld, tmp_path: Path) -> Parley:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PARLEY_", "XDG_", "COLUMNS"))
    }
    own = {"PARLEY_URL": world.url, "PARLEY_API_KEY": make_key(world), "HOME": str(tmp_path)}
    return Parley(inherited | own)


@pytest.fixture
def program(world: FakeWorld) -> Program:
    """The same user, calling the API directly."""
    return with_key(world)


def replies(world: FakeWorld) -> list[dict[str, Any]]:
    return [message for message in world.db.messages.values() if message["role"] == "assistant"]
