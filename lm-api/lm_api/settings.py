"""The settings, from the environment. No other module reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lm_api.catalogue import DEFAULT_MODEL


@dataclass(frozen=True)
class Settings:
    """One field per environment variable, and the environment for the server's own options."""

    model: str
    """`MODEL`: a short name of the catalogue, `owner/repository:file.gguf`, or a path."""
    draft_model: str | None
    """`DRAFT_MODEL`: in the same forms, a much smaller model of the same family that guesses ahead."""
    models_dir: Path
    """`MODELS_DIR`: the folder for downloads."""
    secrets_dir: Path
    """`SECRETS_DIR`: the folder with the file `lm_api_key`, which `serve` requires."""
    environment: Mapping[str, str] = field(repr=False)
    """For the server's own options, `LM_…` (see `ServerOptions` and `this_machine`)."""

    @property
    def api_key_file(self) -> Path:
        return self.secrets_dir / "lm_api_key"

    @property
    def has_api_key(self) -> bool:
        """Whether there is a key. An empty file would open the server to everyone."""
        return self.api_key_file.is_file() and bool(self.api_key_file.read_text().strip())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        return cls(
            model=environment.get("MODEL") or DEFAULT_MODEL,
            draft_model=environment.get("DRAFT_MODEL") or None,
            models_dir=Path(environment.get("MODELS_DIR") or "models"),
            secrets_dir=Path(environment.get("SECRETS_DIR") or "/run/secrets"),
            environment=environment,
        )
