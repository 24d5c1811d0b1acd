"""The real model server with the demo model, on a free port of this machine; started once per test process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from parley_local.health import answers
from parley_local.ports import free_port

from tests.support.running.waiting import wait_until

_SECONDS_TO_START = 60


@dataclass(frozen=True)
class ModelServer:
    base_url: str
    api_key: str
    process: "subprocess.Popen[bytes]"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        """A client that sends the API key unless it has other headers.

        It reuses no connection: llama.cpp closes idle ones without notice.
        """
        headers = self.headers if headers is None else headers
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=60, trust_env=False, limits=limits)


@contextmanager
def running_model_server(directory: Path, **settings: str) -> Iterator[ModelServer]:
    """Run lm-api; settings are environment variables, for instance `LM_SLOTS="1"`. Its log is in `directory`."""
    port, api_key = free_port(), "key-of-the-model-server"
    (directory / "lm_api_key").write_text(f"{api_key}\n")
    environment = os.environ | {"MODEL": "demo", "SECRETS_DIR": str(directory)} | settings
    with (directory / "model-server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lm_api", "serve", "--port", str(port), "--models", str(directory)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    server = ModelServer(f"http://127.0.0.1:{port}", api_key, process)
    try:
        _wait_until_ready(server, directory / "model-server.log")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    with running_model_server(tmp_path_factory.mktemp("model-server")) as server:
        yield server


def _wait_until_ready(server: ModelServer, log: Path) -> None:
    def is_ready() -> bool:
        assert server.process.poll() is None, f"The model server ended:\n{log.read_text()}"
        return answers(f"{server.base_url}/health")

    wait_until(is_ready, _SECONDS_TO_START, lambda: f"The model server did not start:\n{log.read_text()}")
