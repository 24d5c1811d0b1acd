"""What the environment says. Nobody else reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lm_api.catalogue import DEFAULT_MODEL


@dataclass(frozen=True)
class Settings:
    model: str
    """`MODEL`: a short name of the catalogue, `owner/repository:file.gguf`, or a path."""
    draft_model: str | None
    """`DRAFT_MODEL`: as `MODEL`, a much smaller one of the same family that writes ahead of it."""
    models_dir: Path
    """`MODELS_DIR`: where downloads are kept."""
    secrets_dir: Path
    """`SECRETS_DIR`: where the file `lm_api_key` lies, without which nobody is answered."""
    environment: Mapping[str, str] = field(repr=False)
    """For the server's own options, `LM_…`."""

    @property
    def api_key_file(self) -> Path:
        return self.secrets_dir / "lm_api_key"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        return cls(
            model=environment.get("MODEL") or DEFAULT_MODEL,
            draft_model=environment.get("DRAFT_MODEL") or None,
            models_dir=Path(environment.get("MODELS_DIR") or "models"),
            secrets_dir=Path(environment.get("SECRETS_DIR") or "/run/secrets"),
            environment=environment,
        )
