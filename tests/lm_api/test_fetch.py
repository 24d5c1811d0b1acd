"""`python -m lm_api fetch`: the model and the arguments that it leaves for a server in another container."""

from pathlib import Path

from tests.lm_api.conftest import MODEL, Fetcher
from tests.support.fakes.hub import Hub
from tests.support.fixtures.gguf import write_gguf


def test_the_servers_arguments_are_written_one_per_line(fetcher: Fetcher) -> None:
    fetched = fetcher.fetch()
    assert fetched.arguments[:2] == ["--model", str(fetched.models / "owner/repository/model.gguf")]
    assert "--ctx-size" in fetched.arguments


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
