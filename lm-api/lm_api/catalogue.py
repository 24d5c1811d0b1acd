"""The values that `MODEL` accepts: a short name of the catalogue, a file on the hub, or a file on this machine."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lm_api.gguf import parts_of

DEFAULT_MODEL = "qwen2.5-0.5b"
DEMO_MODEL = "demo"
DEMO_FILE = Path(__file__).parents[1] / "demo-model" / "demo.gguf"

WITHOUT_TITLES = {DEMO_MODEL}
"""Models that get the tag `no-titles`. The demo model can title chats about its own topics only."""

_CATALOGUE_FILE = Path(__file__).with_name("models.toml")
_ON_THE_HUB = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*):(?P<file>(?!/)(?!.*\.\.)[\w.,/-]+\.gguf)", re.IGNORECASE)


class UnknownModel(Exception):
    """`MODEL` names no model; the message is for the person who set it."""


@dataclass(frozen=True)
class LocalModel:
    name: str
    path: Path


@dataclass(frozen=True)
class HubModel:
    name: str
    repository: str
    file: str
    warning: str | None = None

    @property
    def files(self) -> list[str]:
        """The files to download; the server loads the first one."""
        return parts_of(self.file)


@dataclass(frozen=True)
class CatalogueEntry:
    """A short name's entry in `models.toml`."""

    repository: str
    file: str
    bytes: int
    licence: str
    context: int
    thinks: bool
    approximate: bool = False
    """Whether `bytes` is a rounded figure."""
    warning: str | None = None


@cache
def catalogue() -> dict[str, CatalogueEntry]:
    return {name: CatalogueEntry(**entry) for name, entry in tomllib.loads(_CATALOGUE_FILE.read_text()).items()}


def resolve(model: str, models_dir: Path) -> LocalModel | HubModel:
    """Find the model that `MODEL` names. A relative path is looked up in the working directory, then in `models_dir`.

    Raises:
        UnknownModel: there is no such model.
    """
    if model == DEMO_MODEL:
        return LocalModel(DEMO_MODEL, DEMO_FILE)
    if entry := catalogue().get(model):
        return HubModel(model, entry.repository, entry.file, entry.warning)
    if match := _ON_THE_HUB.fullmatch(model):
        return HubModel(_name_of(match["file"]), match["repository"], match["file"])
    for path in (Path(model), models_dir / model):
        if path.is_file():
            return LocalModel(_name_of(path.name), path)
    raise UnknownModel(
        f"MODEL={model} names no model: use {', '.join([*catalogue(), DEMO_MODEL])}, "
        "a file on the hub as owner/repository:file.gguf, or the path of a .gguf file that exists."
    )


def _name_of(file: str) -> str:
    """Return a name without commas, which separate aliases and tags in the server's flags."""
    return Path(file).stem.lower().replace(",", "-")
