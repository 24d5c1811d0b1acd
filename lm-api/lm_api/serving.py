"""Decides which model is served: the requested one if it is available, else the demo model that ships with Parley."""

import filecmp
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from lm_api.catalogue import DEMO_FILE, DEMO_MODEL, HubModel, resolve
from lm_api.flags import ServerCommand
from lm_api.gguf import ModelFacts, NotAModel, parts_of, read_facts
from lm_api.hub import ModelUnavailable, Say, download, find_download

_OWN_MEMORY = 128 * 2**20
"""What the server needs beside a model, at least."""

_SMALL_CONTEXT = 2048
"""Tokens of context without which a model is of no use."""


@dataclass(frozen=True)
class ServedModel:
    """The model that is served, and the one that `MODEL` asked for."""

    path: Path
    name: str
    wanted: str
    reason: str | None = None
    """Why the demo model is served instead of the requested one."""


def choose_model(wanted: str, models_dir: Path, memory: int, say: Say) -> ServedModel:
    """Download the model if needed; if that fails or it does not fit into memory, choose the demo model.

    Args:
        memory: what the server may use, in bytes.

    Raises:
        UnknownModel: `wanted` names no model.
        NotAModel: the local file is not a model.
    """
    model = resolve(wanted, models_dir)
    if isinstance(model, HubModel) and model.warning:
        say(f"{model.name}: {model.warning}.")
    try:
        if isinstance(model, HubModel):
            path = _fetch(model, models_dir, memory, say)
        else:
            path = model.path
            if model.name != DEMO_MODEL:
                _check_memory(read_facts(path), memory)
        return ServedModel(path, model.name, wanted=model.name)
    except ModelUnavailable as reason:
        say(f"{model.name} is not available, so the small demo model answers instead: {reason}.")
        return ServedModel(DEMO_FILE, DEMO_MODEL, wanted=model.name, reason=str(reason))


def choose_draft(wanted: str | None, model: ServedModel, models_dir: Path, memory: int, say: Say) -> Path | None:
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
        return _fetch(draft, models_dir, memory, say)
    except ModelUnavailable as reason:
        say(f"{draft.name} is not available, so {model.name} answers without a draft model: {reason}.")
        return None


def _fetch(model: HubModel, models_dir: Path, memory: int, say: Say) -> Path:
    path = find_download(model, models_dir) or download(model, models_dir, say, memory - _OWN_MEMORY)
    try:
        _check_memory(read_facts(path), memory)
    except NotAModel as error:
        raise ModelUnavailable(str(error)) from error
    return path


def _check_memory(facts: ModelFacts, memory: int) -> None:
    needed = facts.bytes + min(facts.context, _SMALL_CONTEXT) * facts.cache_bytes_per_token + _OWN_MEMORY
    if needed > memory:
        raise ModelUnavailable(
            f"it needs about {needed / 2**30:.1f} GiB of memory and {memory / 2**30:.1f} GiB are available; "
            "choose a smaller model or raise LM_MEMORY"
        )


def copy_below(models_dir: Path, folder: str, model: Path) -> Path:
    """Return the file's path below `models_dir`, where another container finds it, after copying it if necessary."""
    if model.resolve().is_relative_to(models_dir.resolve()):
        return model
    for name in parts_of(model.name):
        _copy_if_different(model.with_name(name), models_dir / folder / name)
    return models_dir / folder / model.name


def _copy_if_different(file: Path, copy: Path) -> None:
    if not copy.exists() or not filecmp.cmp(file, copy, shallow=False):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, partial := copy.with_suffix(".part"))
        partial.replace(copy)


def write_current(models_dir: Path, model: ServedModel, command: ServerCommand, fallback: ServerCommand | None) -> None:
    """Write the server's arguments for another container, one per line, and `model.json`, which describes the model.

    Unchanged files are not written, since the server restarts when `arguments` changes.

    Args:
        fallback: what to serve when the server ends again and again with the model.
    """
    description = asdict(model) | {"modified": int(model.path.stat().st_mtime)}
    texts = {
        "fallback": _lines(fallback) if fallback else "",
        "model.json": json.dumps(description, default=os.fspath, indent=2) + "\n",
        "arguments": _lines(command),
    }
    current = models_dir / "current"
    current.mkdir(exist_ok=True)
    files = {current / name: text for name, text in texts.items()}
    if any(not file.exists() or file.read_text() != text for file, text in files.items()):
        for file, text in files.items():
            partial = file.with_suffix(".part")
            partial.write_text(text)
            partial.replace(file)


def _lines(command: ServerCommand) -> str:
    return "".join(f"{argument}\n" for argument in command.arguments())
