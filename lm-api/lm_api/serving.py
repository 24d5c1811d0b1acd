"""Decides which model serves: the wanted one where it can be had, else the demo model that ships with Parley."""

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
    path: Path
    name: str
    wanted: str
    reason: str | None = None
    """Why another than the wanted model serves."""


def choose_model(wanted: str, models_dir: Path, say: Say) -> ServedModel:
    """Raises UnknownModel and NotAModel, which only the person who set MODEL can mend."""
    model = resolve(wanted, models_dir)
    if not isinstance(model, HubModel):
        return ServedModel(model.path, model.name, wanted=model.name)
    if model.warning:
        say(f"{model.name}: {model.warning}.")
    try:
        return ServedModel(_have(model, models_dir, say), model.name, wanted=model.name)
    except ModelUnavailable as reason:
        say(f"{model.name} cannot be had, so the small demo model answers instead: {reason}.")
        return ServedModel(DEMO_FILE, DEMO_MODEL, wanted=model.name, reason=str(reason))


def choose_draft(wanted: str | None, model: ServedModel, models_dir: Path, say: Say) -> Path | None:
    """The model that writes ahead of this one; none where the demo model stands in, or where it cannot be had.

    Raises UnknownModel and NotAModel.
    """
    if wanted is None or model.reason:
        return None
    draft = resolve(wanted, models_dir)
    if not isinstance(draft, HubModel):
        return draft.path
    try:
        return _have(draft, models_dir, say)
    except ModelUnavailable as reason:
        say(f"{draft.name} cannot be had, so {model.name} answers without a model that writes ahead: {reason}.")
        return None


def _have(model: HubModel, models_dir: Path, say: Say) -> Path:
    path = downloaded_file(model, models_dir)
    if not path.is_file():
        path = download(model, models_dir, say)
    try:
        read_facts(path)
    except NotAModel as error:
        raise ModelUnavailable(str(error)) from error
    return path


def place_below(models_dir: Path, model: Path) -> Path:
    """Where a server that sees only the models directory finds the file; copied there if it lies elsewhere."""
    if model.resolve().is_relative_to(models_dir.resolve()):
        return model
    place = models_dir / "local" / model.name
    if not place.exists() or not filecmp.cmp(model, place, shallow=False):
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model, partial := place.with_suffix(".part"))
        partial.replace(place)
    return place


def write_current(models_dir: Path, model: ServedModel, command: ServerCommand) -> None:
    """For a server in another container: its arguments, one a line, and in `model.json` what they stand for.

    Touches nothing where nothing changed: that server starts anew when `arguments` did.
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
