"""Secrets: created on the first start, in one folder per service, so that each service reads only its own."""

import os
import secrets
from pathlib import Path

READERS = {
    "postgres_password": ("db",),
    "owner_password": ("db", "migrate"),
    "api_password": ("db", "db-api"),
    "db_api_token": ("db-api", "chat-ui"),
    "lm_api_key": ("lm-api", "chat-ui"),
    "session_secret": ("chat-ui",),
}
SECRET_BYTES = 32


def create_secrets(directory: Path) -> None:
    """Create the missing files under `directory`; a secret that one of its readers already has stays the same."""
    for name, services in READERS.items():
        files = [directory / service / name for service in services]
        value = next(filter(None, map(_read, files)), secrets.token_urlsafe(SECRET_BYTES))
        for file in files:
            if _read(file) != value:
                _write(file, value)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _write(file: Path, value: str) -> None:
    """Write atomically, so that a start that is killed leaves no partial secret."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(value)
    os.replace(draft, file)  # noqa: PTH105
