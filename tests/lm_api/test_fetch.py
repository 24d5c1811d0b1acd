"""The real huggingface_hub client, in its own process, against a fake hub on this machine."""

import hashlib
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
from tests.support.fixtures.gguf import gguf_header, write_gguf

MODEL = "owner/repository:model.gguf"
HEADER = gguf_header(context_length=2048, block_count=2, embedding_length=64, attention__head_count=4)
# The client writes pieces of 10 MB: only a longer transfer leaves a part to resume.
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


def test_a_model_is_downloaded_and_its_checksum_verified(fetcher: Fetcher) -> None:
    fetched = fetcher.fetch()
    assert fetched.returncode == 0
    assert (fetched.models / "owner/repository/model.gguf").read_bytes() == CONTENT
    assert fetched.current["name"] == "model"
    assert any("checksum verified" in line for line in fetched.lines)


def test_the_servers_arguments_are_written_one_per_line(fetcher: Fetcher) -> None:
    fetched = fetcher.fetch()
    assert fetched.arguments[:2] == ["--model", str(fetched.models / "owner/repository/model.gguf")]
    assert "--ctx-size" in fetched.arguments


def test_a_downloaded_model_is_used_without_asking_the_hub_again(fetcher: Fetcher, hub: Hub) -> None:
    fetcher.fetch()
    hub.requests.clear()
    fetched = fetcher.fetch()
    assert fetched.current["name"] == "model"
    assert hub.requests == []


def test_a_transfer_that_breaks_off_is_resumed_in_the_same_run(fetcher: Fetcher, hub: Hub) -> None:
    hub.breaks_off_after = [15_000_000]
    fetched = fetcher.fetch()
    assert (fetched.models / "owner/repository/model.gguf").read_bytes() == CONTENT
    assert [request.split(" from ")[1] for request in hub.requests if request.startswith("GET")] == ["0", "10485760"]


def test_a_later_run_resumes_where_an_earlier_one_gave_up(fetcher: Fetcher, hub: Hub) -> None:
    hub.breaks_off_after = [15_000_000, 0, 0, 0, 0, 0, 0]
    assert fetcher.fetch().current["name"] == "demo"
    hub.breaks_off_after, hub.requests = [], []
    fetched = fetcher.fetch()
    assert hub.requests[-1] == f"GET {hub.path} from 10485760"
    assert (fetched.models / "owner/repository/model.gguf").read_bytes() == CONTENT


def test_a_complete_part_is_only_verified(fetcher: Fetcher, hub: Hub, tmp_path: Path) -> None:
    """A run that is killed while it computes the checksum leaves a complete part."""
    part = tmp_path / "owner/repository" / f"model.gguf.{hashlib.sha256(CONTENT).hexdigest()[:12]}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert fetcher.fetch().current["name"] == "model"
    assert [request for request in hub.requests if request.startswith("GET")] == []


def test_a_file_that_changed_on_the_hub_is_not_assembled_from_two_versions(fetcher: Fetcher, hub: Hub) -> None:
    hub.breaks_off_after = [15_000_000, 0, 0, 0, 0, 0, 0]
    fetcher.fetch()
    hub.breaks_off_after, hub.content = [], HEADER + b"another version"
    fetched = fetcher.fetch()
    assert (fetched.models / "owner/repository/model.gguf").read_bytes() == hub.content
    assert list(fetched.models.rglob("*.part")) == []


def test_a_download_with_another_checksum_is_deleted(fetcher: Fetcher, hub: Hub) -> None:
    hub.checksum = "0" * 64
    fetched = fetcher.fetch()
    assert fetched.current["name"] == "demo"
    assert "checksum" in fetched.current["reason"]
    assert list(fetched.models.rglob("model.gguf*")) == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "owner/repository has no file model.gguf"),
        (401, "no repository owner/repository"),
        (403, "terms accepted"),
        (500, "answered 500"),
    ],
)
def test_if_the_hub_refuses_the_demo_model_serves_and_one_line_says_why(
    fetcher: Fetcher, hub: Hub, status: int, reason: str
) -> None:
    hub.status = status
    assert_the_demo_model_serves_instead(fetcher.fetch(), reason)


def test_if_the_hub_cannot_be_reached_the_demo_model_serves_and_one_line_says_why(tmp_path: Path) -> None:
    assert_the_demo_model_serves_instead(Fetcher(tmp_path, "http://127.0.0.1:9").fetch(), "cannot reach")


def test_a_repository_name_that_the_hub_does_not_allow_is_reported(fetcher: Fetcher) -> None:
    fetched = fetcher.fetch("owner/repository--x:model.gguf")
    assert_the_demo_model_serves_instead(fetched, "not a valid repository name")


def test_a_file_on_the_hub_that_is_not_a_model_is_not_served(fetcher: Fetcher, hub: Hub) -> None:
    hub.content = b"<html>"
    assert_the_demo_model_serves_instead(fetcher.fetch(), "is not a GGUF file", lines=5)


def assert_the_demo_model_serves_instead(fetched: Fetched, reason: str, lines: int = 3) -> None:
    assert fetched.returncode == 0
    assert len(fetched.lines) == lines
    assert reason in fetched.lines[-3]
    assert (fetched.current["name"], fetched.current["wanted"]) == ("demo", "model")
    assert reason in fetched.current["reason"]
    assert Path(fetched.arguments[1]).is_file()
    assert Path(fetched.arguments[1]).is_relative_to(fetched.models)


def test_a_model_from_elsewhere_is_copied_below_the_models_directory(fetcher: Fetcher, tmp_path: Path) -> None:
    write_gguf(tmp_path / "elsewhere" / "mine.gguf", context_length=512)
    fetcher.models = tmp_path / "models"
    fetched = fetcher.fetch(str(tmp_path / "elsewhere" / "mine.gguf"))
    assert fetched.current["name"] == "mine"
    assert fetched.arguments[1] == str(fetched.models / "local" / "mine.gguf")


def test_a_draft_model_with_the_same_file_name_does_not_replace_the_model(fetcher: Fetcher, tmp_path: Path) -> None:
    large = write_gguf(tmp_path / "large" / "mine.gguf", context_length=512)
    small = write_gguf(tmp_path / "small" / "mine.gguf", context_length=256)
    fetcher.models = tmp_path / "models"
    arguments = fetcher.fetch(str(large), DRAFT_MODEL=str(small)).arguments
    copies = [Path(arguments[arguments.index(flag) + 1]) for flag in ("--model", "--spec-draft-model")]
    assert [copy.read_bytes() for copy in copies] == [large.read_bytes(), small.read_bytes()]


def test_a_draft_model_that_is_not_available_is_left_out(fetcher: Fetcher, hub: Hub) -> None:
    hub.status = 404
    fetched = fetcher.fetch("demo", DRAFT_MODEL=MODEL)
    assert fetched.returncode == 0
    assert "demo answers without a draft model: owner/repository has no file model.gguf." in fetched.lines[0]
    assert "--spec-draft-model" not in fetched.arguments


def test_a_models_directory_that_cannot_be_written_is_one_sentence(fetcher: Fetcher, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    fetcher.models = tmp_path / "file" / "models"
    fetched = fetcher.fetch("demo")
    assert fetched.returncode == 1
    assert fetched.lines == [f"Cannot start: [Errno 20] Not a directory: '{tmp_path}/file/models/local'."]


def test_a_second_run_writes_nothing_unless_the_model_changed(fetcher: Fetcher, tmp_path: Path) -> None:
    mine = write_gguf(tmp_path / "elsewhere" / "mine.gguf", context_length=512)
    fetcher.models = tmp_path / "models"

    def written() -> int:
        return (fetcher.fetch(str(mine)).models / "current" / "arguments").stat().st_mtime_ns

    first = written()
    assert written() == first
    write_gguf(mine, context_length=513)
    assert written() > first


def test_an_unknown_name_is_refused_with_one_sentence_that_lists_the_names(fetcher: Fetcher) -> None:
    fetched = fetcher.fetch("gpt-4")
    assert fetched.returncode == 1
    assert len(fetched.lines) == 1
    assert "qwen2.5-0.5b, qwen3-0.6b" in fetched.lines[0]
