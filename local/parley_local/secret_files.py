"""Secrets: made on the first start, a folder for each service, so that each reads only its own."""

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


def make_secrets(directory: Path) -> None:
    """Makes the files that are missing under `directory`; a secret that any of its readers has is kept."""
    for name, services in READERS.items():
        files = [directory / service / name for service in services]
        value = next((kept for kept in map(_read, files) if kept), secrets.token_urlsafe(SECRET_BYTES))
        for file in files:
            if _read(file) != value:
                _write(file, value)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _write(file: Path, value: str) -> None:
    """All or nothing, so that a start that was killed leaves no half of a secret."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(value)
    os.replace(draft, file)  # noqa: PTH105
