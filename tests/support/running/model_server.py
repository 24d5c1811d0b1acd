"""The real model server with the demo model, on a free port of this machine: started once for all tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

_SECONDS_TO_START = 60


@dataclass(frozen=True)
class ModelServer:
    base_url: str
    api_key: str
    process: "subprocess.Popen[bytes]"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    def client(self, **options: Any) -> httpx.Client:
        """With the key; no connection is used twice, since llama.cpp closes those it keeps without a word."""
        every_time_new = httpx.Limits(max_keepalive_connections=0)
        everything = {"headers": self.headers, "timeout": 60, "trust_env": False, "limits": every_time_new} | options
        return httpx.Client(base_url=self.base_url, **everything)


@contextmanager
def running_model_server(directory: Path, port: int | None = None, **settings: str) -> Iterator[ModelServer]:
    """Settings are environment variables; `LM_SLOTS="1"` for instance. The log goes to `directory`."""
    port, api_key = port or free_port(), "key-of-the-model-server"
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


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(server: ModelServer, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(f"{server.base_url}/health").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"The model server did not start:\n{log.read_text()}")
