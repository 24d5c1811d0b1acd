"""The context of a measurement: a model, the running system, a folder, and progress messages."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from os import environ
from pathlib import Path

from bench.client import RawModel
from bench.system import System

REPLY_TOKENS = 64
CACHE = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley-bench"


@dataclass
class Bench:
    model: Path
    cache: Path
    """Kept between runs: stand-in models and results."""
    folder: Path
    """Temporary files of this run."""
    quick: bool = False
    _ending: ExitStack = field(default_factory=ExitStack)

    def say(self, sentence: str) -> None:
        sys.stderr.write(f"  {sentence}\n")

    def times(self, count: int, quick: int) -> int:
        return quick if self.quick else count

    @cached_property
    def real(self) -> System:
        """The whole system with llama.cpp, started once for all measurements that need it."""
        self.say(f"Starting everything with {self.model.name}.")
        return self._ending.enter_context(self.system("real", self._real_settings()))

    @cached_property
    def raw(self) -> RawModel:
        """The same model server, asked directly."""
        return RawModel(self.real.parts.lm_api_url, self.real.lm_api_key())

    def close(self) -> None:
        self._ending.close()
        for name in ("real", "raw"):
            self.__dict__.pop(name, None)

    @contextmanager
    def system(
        self,
        name: str,
        settings: Mapping[str, str],
        *,
        cores: Mapping[str, str] | None = None,
        fake: bool = False,
        chat_ui: str = "",
    ) -> Iterator[System]:
        folder = self.folder / name
        with System(folder, settings, cores=cores or {}, fake=fake, chat_ui=chat_ui).running() as system:
            yield system

    def _real_settings(self) -> dict[str, str]:
        return {"MODEL": str(self.model), "LM_CONTEXT": "8192", "MAX_REPLY_TOKENS": str(REPLY_TOKENS)}
