"""schemathesis calls every operation of `/openapi.json` with valid and invalid input."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.running.database import place_for_postgres
from tests.support.running.parts import Parts, running_parts

HERE = Path(__file__).parent
NO_LIMITS = {
    "MOST_NEW_CHATS": "0",
    "LIMITS_NETWORK_MESSAGES_PER_MINUTE": "0",
    "LIMITS_NETWORK_REQUESTS_PER_MINUTE": "0",
}
EXAMPLES = 3
"""Per operation, in addition to the limits of each field. More examples find more and take longer."""


@pytest.fixture(scope="module")
def parts() -> Iterator[Parts]:
    with place_for_postgres() as folder, running_parts(folder, LM_THREADS="1", **NO_LIMITS) as parts:
        yield parts


def new_key(db_api: httpx.Client) -> str:
    token = db_api.post("/sessions", json={}).json()["token"]
    wanted = {"name": "schemathesis", "scopes": ["read", "chat"]}
    key: str = db_api.post("/keys", json=wanted, headers={"X-Session-ID": token}).json()["key"]
    return key


def test_schemathesis_finds_nothing(parts: Parts, tmp_path: Path) -> None:
    chat_ui, url = parts.chat_ui(MAX_REPLY_TOKENS="4", MAX_QUEUED="1000")
    with closing(chat_ui), parts.db_api_client() as db_api:
        found = run_schemathesis(url, new_key(db_api), tmp_path)
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr[-2_000:]


def run_schemathesis(url: str, key: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {key}"),
        *("--checks", "all", "--max-examples", str(EXAMPLES), "--generation-deterministic", "--seed", "1"),
        *("--continue-on-failure", "--request-timeout", "60", "--no-color"),
    ]
    environment = os.environ | {
        "NO_PROXY": "*",
        "PYTHONPATH": str(HERE.parents[1]),
        "SCHEMATHESIS_HOOKS": "tests.support.fixtures.schemathesis_hooks",
    }
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=500, check=False
    )
