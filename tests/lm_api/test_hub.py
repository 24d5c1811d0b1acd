"""Downloads by the real huggingface_hub client, each in its own process."""

import hashlib
from pathlib import Path

import pytest

from tests.lm_api.conftest import CONTENT, HEADER, Fetched, Fetcher
from tests.support.fakes.hub import Hub


def test_a_model_is_downloaded_and_its_checksum_verified(fetcher: Fetcher) -> None:
    fetched = fetcher.fetch()
    assert fetched.returncode == 0
    assert (fetched.models / "owner/repository/model.gguf").read_bytes() == CONTENT
    assert fetched.current["name"] == "model"
    assert any("checksum verified" in line for line in fetched.lines)


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
    assert [request.split(" from ")[1] for request in hub.requests if request.startswith("GET")] == ["0", "14942208"]


def test_a_later_run_resumes_where_an_earlier_one_gave_up(fetcher: Fetcher, hub: Hub) -> None:
    hub.breaks_off_after = [15_000_000, 0, 0, 0, 0, 0, 0]
    assert fetcher.fetch().current["name"] == "demo"
    hub.breaks_off_after, hub.requests = [], []
    fetched = fetcher.fetch()
    assert hub.requests[-1] == f"GET {hub.path} from 14942208"
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


def test_a_line_that_breaks_every_few_megabytes_makes_progress(fetcher: Fetcher, hub: Hub) -> None:
    hub.breaks_off_after = [3_000_000] * 20
    fetched = fetcher.fetch()
    assert fetched.current["name"] == "model"
    assert (fetched.models / "owner/repository/model.gguf").read_bytes() == CONTENT


SPLIT = [f"large-0000{number}-of-00003.gguf" for number in (1, 2, 3)]


def test_all_files_of_a_split_model_are_downloaded(fetcher: Fetcher, hub: Hub) -> None:
    hub.more = {name: HEADER + name.encode() for name in SPLIT}
    fetched = fetcher.fetch(f"owner/repository:{SPLIT[1]}")
    folder = fetched.models / "owner/repository"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == hub.more
    assert fetched.arguments[:2] == ["--model", str(folder / SPLIT[0])]


def test_a_split_model_that_lacks_a_file_is_not_served(fetcher: Fetcher, hub: Hub) -> None:
    hub.more = dict.fromkeys(SPLIT[:2], HEADER)
    fetched = fetcher.fetch(f"owner/repository:{SPLIT[0]}")
    assert fetched.current["name"] == "demo"
    assert any(f"has no file {SPLIT[2]}" in line for line in fetched.lines)


def test_a_model_beyond_the_memory_is_refused_before_it_is_downloaded(fetcher: Fetcher, hub: Hub) -> None:
    fetched = fetcher.fetch(LM_MEMORY="140m")
    assert fetched.current["name"] == "demo"
    assert any("choose a smaller model or raise LM_MEMORY" in line for line in fetched.lines)
    assert [request for request in hub.requests if request.startswith("GET")] == []
