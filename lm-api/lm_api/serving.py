"""Decides which model is served: the requested one if it is available, else the demo model that ships with Parley."""

import filecmp
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from lm_api.catalogue import DEMO_FILE, DEMO_MODEL, HubModel, resolve
from lm_api.flags import ServerCommand
from lm_api.gguf import NotAModel, read_facts
from lm_api.hub import ModelUnavailable, Say, download, downloaded_file


@dataclass(frozen=True)
class ServedModel:
    """The model that is served, and the one that `MODEL` asked for."""

    path: Path
    name: str
    wanted: str
    reason: str | None = None
    """Why the demo model is served instead of the requested one."""


def choose_model(wanted: str, models_dir: Path, say: Say) -> ServedModel:
    """Download the model if needed; if that fails, choose the demo model.

    Raises:
        UnknownModel: `wanted` names no model.
    """
    model = resolve(wanted, models_dir)
    if not isinstance(model, HubModel):
        return ServedModel(model.path, model.name, wanted=model.name)
    if model.warning:
        say(f"{model.name}: {model.warning}.")
    try:
        return ServedModel(_fetch(model, models_dir, say), model.name, wanted=model.name)
    except ModelUnavailable as reason:
        say(f"{model.name} is not available, so the small demo model answers instead: {reason}.")
        return ServedModel(DEMO_FILE, DEMO_MODEL, wanted=model.name, reason=str(reason))


def choose_draft(wanted: str | None, model: ServedModel, models_dir: Path, say: Say) -> Path | None:
    """Return the model that guesses ahead, or None if it is not available or the demo model stands in.

    Raises:
        UnknownModel: `wanted` names no model.
    """
    if wanted is None or model.reason:
        return None
    draft = resolve(wanted, models_dir)
    if not isinstance(draft, HubModel):
        return draft.path
    try:
        return _fetch(draft, models_dir, say)
    except ModelUnavailable as reason:
        say(f"{draft.name} is not available, so {model.name} answers without a draft model: {reason}.")
        return None


def _fetch(model: HubModel, models_dir: Path, say: Say) -> Path:
    path = downloaded_file(model, models_dir)
    if not path.is_file():
        path = download(model, models_dir, say)
    try:
        read_facts(path)
    except NotAModel as error:
        raise ModelUnavailable(str(error)) from error
    return path


def copy_below(models_dir: Path, folder: str, model: Path) -> Path:
    """Return the file's path below `models_dir`, where another container finds it, after copying it if necessary."""
    if model.resolve().is_relative_to(models_dir.resolve()):
        return model
    copy = models_dir / folder / model.name
    if not copy.exists() or not filecmp.cmp(model, copy, shallow=False):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model, partial := copy.with_suffix(".part"))
        partial.replace(copy)
    return copy


def write_current(models_dir: Path, model: ServedModel, command: ServerCommand) -> None:
    """Write the server's arguments, one per line, and `model.json`, which describes them, for another container.

    Unchanged files are not written, since the server restarts when `arguments` changes.
    """
    arguments = "".join(f"{argument}\n" for argument in command.arguments())
    description = asdict(model) | {"modified": int(model.path.stat().st_mtime)}
    described = json.dumps(description, default=os.fspath, indent=2) + "\n"

    current = models_dir / "current"
    current.mkdir(exist_ok=True)
    files = {current / "model.json": described, current / "arguments": arguments}
    if any(not file.exists() or file.read_text() != text for file, text in files.items()):
        for file, text in files.items():
            partial = file.with_suffix(".part")
            partial.write_text(text)
            partial.replace(file)
