"""OpenAI's JavaScript client, beside Python's."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.drivers.chat_ui import World
from tests.support.drivers.openai_clients import MODEL
from tests.support.drivers.program import make_key

SOURCE = Path(__file__).parents[1] / "support/node"
FILES = ("package.json", "package-lock.json", "openai_client.mjs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client as the lock file names it, installed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("node")
    for name in FILES:
        shutil.copy(SOURCE / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if installed.returncode and "CI" not in os.environ:
        pytest.skip(f"npm cannot install the client here: {installed.stderr[-200:]}")
    assert installed.returncode == 0, installed.stderr
    return folder


def test_the_javascript_client_works_as_with_openai(real: World, folder: Path) -> None:
    environment = os.environ | {
        "BASE_URL": f"{real.url}/v1",
        "API_KEY": make_key(real),
        "MODEL": MODEL,
        "NO_PROXY": "*",
    }
    command = ["node", "openai_client.mjs"]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    got: dict[str, Any] = json.loads(ran.stdout)
    assert (got["models"], got["model"]) == ([MODEL], MODEL)
    assert got["streamed"] == got["whole"]
    assert "Paris" in got["whole"]
    assert "Paris" in got["response"]
    assert (got["events"][0], got["events"][-1]) == ("response.created", "response.completed")
    for name in ("unknownModel", "embeddings", "completions"):
        assert (got[name]["status"], got[name]["type"]) == (404, "not_found_error"), got[name]
    assert got["tooComplex"]["status"] == 400
    assert "schema" in got["tooComplex"]["message"]
