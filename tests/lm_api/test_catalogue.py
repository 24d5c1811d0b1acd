import subprocess
import sys
from pathlib import Path

import pytest
from lm_api.catalogue import DEFAULT_MODEL, HubModel, LocalModel, UnknownModel, catalogue, resolve


def test_every_model_of_the_catalogue_has_a_free_licence() -> None:
    assert {entry.licence for entry in catalogue().values()} == {"Apache-2.0"}


def test_the_models_command_lists_names_sizes_and_licences() -> None:
    command = [sys.executable, "-m", "lm_api", "models"]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(catalogue())
    assert "about 430 MB" in lines[0]
    assert all("Apache-2.0" in line for line in lines)


def test_the_default_is_in_the_catalogue() -> None:
    assert DEFAULT_MODEL in catalogue()


@pytest.mark.parametrize("name", catalogue())
def test_a_short_name_stands_for_a_file_on_the_hub(name: str, tmp_path: Path) -> None:
    model = resolve(name, tmp_path)
    assert isinstance(model, HubModel)
    assert model.name == name
    assert model.file.endswith(".gguf")


def test_a_hybrid_model_comes_with_its_warning(tmp_path: Path) -> None:
    model = resolve("qwen3.5", tmp_path)
    assert isinstance(model, HubModel)
    assert model.warning is not None
    assert "prompt again" in model.warning


def test_any_file_on_the_hub_can_be_named(tmp_path: Path) -> None:
    assert resolve("bartowski/SmolLM2-GGUF:SmolLM2,Q4.gguf", tmp_path) == HubModel(
        "smollm2-q4", "bartowski/SmolLM2-GGUF", "SmolLM2,Q4.gguf"
    )


def test_a_file_in_the_models_directory_can_be_named_without_its_directory(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").touch()
    assert resolve("mine.gguf", tmp_path) == LocalModel("mine", tmp_path / "mine.gguf")


def test_a_path_in_the_working_directory_comes_before_the_models_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models_dir = tmp_path / "models"
    models_dir.mkdir()
    for folder in (tmp_path, models_dir):
        (folder / "mine.gguf").touch()
    monkeypatch.chdir(tmp_path)
    assert resolve("mine.gguf", models_dir) == LocalModel("mine", Path("mine.gguf"))


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4",
        "nowhere/mine.gguf",
        "owner/repository",
        "owner/repository:../x.gguf",
        "owner/repository:/x.gguf",
        "owner/..:x.gguf",
        "../repository:x.gguf",
    ],
)
def test_the_error_for_an_unknown_model_lists_the_known_names(model: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel) as error:
        resolve(model, tmp_path)
    assert all(name in str(error.value) for name in [model, *catalogue(), "demo"])
