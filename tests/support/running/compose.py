"""The running compose stack, as `docker compose` on this machine shows it."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[3]
SERVICES = ("nginx", "chat-ui", "db-api", "db", "lm-api")
T = TypeVar("T")
TASKS = ("secrets", "migrate", "model")
_DEADLINE_SECONDS = 60.0


class ComposeStack:
    """Whatever settings it was started with are read from its containers, so that a restart keeps them."""

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
        """Raises AssertionError with what the command said."""
        command = ["docker", "compose", "--progress", "quiet", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment | environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def up(self, *arguments: str) -> None:
        self.run("up", "--detach", "--wait", *arguments)

    def execute(self, service: str, *command: str) -> str:
        return self.run("exec", "--no-TTY", service, *command)

    def containers(self, service: str) -> list[str]:
        return self.run("ps", "--all", "--quiet", service).split()

    def inspect(self, service: str) -> dict[str, Any]:
        """Of the service's first container."""
        described: list[dict[str, Any]] = json.loads(docker("inspect", self.containers(service)[0]))
        return described[0]

    def log(self, service: str) -> str:
        return self.run("logs", "--no-log-prefix", "--no-color", service)


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def eventually(find: Callable[[], T], what: str, seconds: float = _DEADLINE_SECONDS) -> T:
    """The first result that counts as true."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"after {seconds:g} s still not: {what}"
        time.sleep(0.2)
    return found
