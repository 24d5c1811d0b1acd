"""The real db-api as its own process, over the real Postgres; started once per test process."""

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

from tests.support.running.database import Database
from tests.support.running.waiting import wait_until

SECONDS_TO_START = 60


@dataclass(frozen=True)
class DbApiServer:
    base_url: str
    token: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.base_url, headers=self.headers, trust_env=False, timeout=20)


@contextmanager
def running_db_api(database: Database, directory: Path, **settings: str) -> Iterator[DbApiServer]:
    """Run db-api; settings are environment variables, for instance `LEASE_SECONDS="1"`. Its log is in `directory`."""
    port, log = free_port(), directory / "db-api.log"
    environment = os.environ | {
        "DATABASE_URL": database.url,
        "SECRETS_DIR": str(database.secrets),
        "LISTEN_PORT": str(port),
        **settings,
    }
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "db_api"], env=environment, stdout=output, stderr=output)
    server = DbApiServer(f"http://127.0.0.1:{port}", database.secret("db_api_token"), log, process)
    try:
        _wait_until_live(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def db_api_server(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DbApiServer]:
    with running_db_api(database, tmp_path_factory.mktemp("db-api")) as server:
        yield server


@pytest.fixture(scope="session")
def db_api_client(db_api_server: DbApiServer) -> Iterator[httpx.Client]:
    """A client with the service token and no session."""
    with db_api_server.client() as client:
        yield client


def _wait_until_live(server: DbApiServer) -> None:
    def is_live() -> bool:
        if server.process.poll() is not None:
            raise RuntimeError(f"db-api ended:\n{server.log.read_text()}")
        return answers(f"{server.base_url}/health/live")

    wait_until(is_live, SECONDS_TO_START, lambda: f"db-api did not start:\n{server.log.read_text()}")
