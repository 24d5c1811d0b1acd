"""The running compose stack, seen through `docker compose`."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from tests.support.running.waiting import wait_until

ROOT = Path(__file__).parents[3]
SERVICES = ("nginx", "chat-ui", "db-api", "db", "lm-api")
T = TypeVar("T")
TASKS = ("secrets", "check-nginx", "check-chat-ui", "migrate", "model")
_DEADLINE_SECONDS = 60.0
_POLL_SECONDS = 0.2


class ComposeStack:
    """Reads the settings it was started with from its containers, so that a restart keeps them."""

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        address, port = self.run("port", "nginx", "8080").strip().rsplit(":", 1)
        model = next(
            variable.removeprefix("MODEL=")
            for variable in self.inspect("lm-api")["Config"]["Env"]
            if variable.startswith("MODEL=")
        )
        self._environment |= {"PARLEY_BIND": address, "PARLEY_PORT": port, "MODEL": model}
        self.url = "http://localhost" + (f":{port}" if port != "80" else "")  # as browsers write it
        self.project = self.inspect("nginx")["Config"]["Labels"]["com.docker.compose.project"]

    def run(self, *arguments: str, **environment: str) -> str:
        """Run `docker compose`; return its output.

        Raises:
            AssertionError: the command failed; the message is its standard error.
        """
        done = self.try_run(*arguments, **environment)
        assert done.returncode == 0, f"{' '.join(done.args)}: {done.stderr}"
        return done.stdout

    def try_run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `docker compose`, which may fail."""
        return subprocess.run(
            ["docker", "compose", "--progress", "quiet", *arguments],
            cwd=ROOT,
            env=self._environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def up(self, *arguments: str) -> None:
        self.run("up", "--detach", "--wait", *arguments)

    def execute(self, service: str, *command: str) -> str:
        return self.run("exec", "--no-TTY", service, *command)

    def containers(self, service: str) -> list[str]:
        return self.run("ps", "--all", "--quiet", service).split()

    def inspect(self, service: str) -> dict[str, Any]:
        """Describe the service's first container."""
        described: list[dict[str, Any]] = json.loads(docker("inspect", self.containers(service)[0]))
        return described[0]

    def log(self, service: str) -> str:
        return self.run("logs", "--no-log-prefix", "--no-color", service)


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def eventually(find: Callable[[], T | Literal[False] | None], what: str, seconds: float = _DEADLINE_SECONDS) -> T:
    """Return the first true result."""
    return wait_until(find, seconds, lambda: f"after {seconds:g} s still not: {what}", _POLL_SECONDS)
