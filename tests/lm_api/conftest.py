"""`python -m lm_api fetch` against a fake hub on this machine."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.fakes.hub import Hub, running_hub
from tests.support.fixtures.gguf import gguf_header

MODEL = "owner/repository:model.gguf"
HEADER = gguf_header(context_length=2048, block_count=2, embedding_length=64, attention__head_count=4)
# Long enough for several pieces, so that a broken transfer leaves a part to resume.
CONTENT = HEADER + random.Random(1).randbytes(24_000_000)


@dataclass(frozen=True)
class Fetched:
    returncode: int
    lines: list[str]
    models: Path

    @property
    def current(self) -> dict[str, str]:
        current: dict[str, str] = json.loads((self.models / "current" / "model.json").read_text())
        return current

    @property
    def arguments(self) -> list[str]:
        return (self.models / "current" / "arguments").read_text().split("\n")


class Fetcher:
    def __init__(self, models: Path, endpoint: str) -> None:
        self.models, self.endpoint = models, endpoint

    def fetch(self, model: str = MODEL, **settings: str) -> Fetched:
        environment = os.environ | {
            "HF_ENDPOINT": self.endpoint,
            "HF_HOME": str(self.models / "hf-home"),
            "MODELS_DIR": str(self.models),
            "MODEL": model,
        }
        command = [sys.executable, "-m", "lm_api", "fetch"]
        done = subprocess.run(
            command, env=environment | settings, capture_output=True, text=True, timeout=60, check=False
        )
        return Fetched(done.returncode, (done.stdout + done.stderr).splitlines(), self.models)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        hub.content = CONTENT
        yield hub


@pytest.fixture
def fetcher(hub: Hub, tmp_path: Path) -> Fetcher:
    return Fetcher(tmp_path, hub.address)
