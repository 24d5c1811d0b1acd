"""The settings. No other module reads the environment."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

AnySettings = TypeVar("AnySettings", bound="DatabaseSettings")


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class DatabaseSettings(BaseSettings):
    """Where Postgres is. `DATABASE_URL` has no user and no password: each command connects as its own role."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: str = "postgresql+psycopg2://db:5432/parley"
    log_format: LogFormat = LogFormat.JSON


class Settings(DatabaseSettings):
    """The settings of the service."""

    api_password: SecretStr
    db_api_token: SecretStr
    """The bearer token of the calling service."""

    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8000, ge=1, le=65_535)
    """Host and port are for `python -m db_api` only; the `uvicorn` command has its own options."""
    pool_size: int = Field(default=10, ge=1)
    """Connections to Postgres, and so the number of requests processed at once; others wait."""
    pool_wait_seconds: float = Field(default=5, gt=0)
    lease_seconds: float = Field(default=10, gt=0)
    """How long a reply belongs to its writer, and a claim to its holder, without renewal."""
    undo_seconds: float = Field(default=600, gt=0)
    """How long a deleted chat can be restored."""
    session_days: int = Field(default=365, ge=1)
    """How long a guest's session lasts after the guest's last visit."""
    guest_days: int = Field(default=7, ge=1)
    """How long a guest who wrote nothing is kept after the last visit."""
    most_chats: int = Field(default=5_000, ge=0)
    most_messages: int = Field(default=100_000, ge=0)
    most_bytes: int = Field(default=200_000_000, ge=0)
    most_presets: int = Field(default=100, ge=0)
    most_keys: int = Field(default=50, ge=0)
    """What one user may own, text in bytes of UTF-8; 0 means unlimited."""
    most_new_chats: int = Field(default=60, ge=0)
    """How many chats one user may create in a minute; 0 means unlimited."""
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1)

    @property
    def url(self) -> URL:
        return make_url(self.database_url).set(username="parley_api", password=self.api_password.get_secret_value())

    @property
    def quotas(self) -> dict[str, int]:
        """What the database's triggers compare each user's totals with, by the names they use."""
        return {name: value for name, value in self.model_dump().items() if name.startswith("most_")}


class MigrationSettings(DatabaseSettings):
    """The settings of `python -m db_api.migrate`."""

    owner_password: SecretStr
    wait_seconds: float = Field(default=60, gt=0)
    """How long to wait for the database to accept connections."""

    @property
    def url(self) -> URL:
        return make_url(self.database_url).set(username="parley_owner", password=self.owner_password.get_secret_value())


def load_settings(kind: type[AnySettings]) -> AnySettings:
    """Read the settings from the environment, and each secret also from the file of its name in `SECRETS_DIR`."""
    directory = Path(os.environ.get("SECRETS_DIR", "/run/secrets"))
    return kind(_secrets_dir=directory if directory.is_dir() else None)
