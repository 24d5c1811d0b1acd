"""The settings. No other module reads the environment."""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

LARGEST = 1_000_000_000
LARGEST_POOL = 50
"""compose.yaml starts Postgres with 60 connections; the migration, the superuser and people need some."""

AnySettings = TypeVar("AnySettings", bound="DatabaseSettings")


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


def _database(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise ValueError("must be an address such as postgresql+psycopg2://db:5432/parley") from error
    if not url.drivername.startswith("postgresql") or not url.host:
        raise ValueError("must be an address such as postgresql+psycopg2://db:5432/parley")
    return text


Secret = Annotated[SecretStr, Field(min_length=16)]
Seconds = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]


class DatabaseSettings(BaseSettings):
    """Where Postgres is. `DATABASE_URL` has no user and no password: each command connects as its own role."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: Annotated[str, AfterValidator(_database)] = "postgresql+psycopg2://db:5432/parley"
    log_format: LogFormat = LogFormat.JSON


class Settings(DatabaseSettings):
    """The settings of the service."""

    api_password: Secret
    db_api_token: Secret
    """The bearer token of the calling service."""

    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8000, ge=1, le=65_535)
    """Host and port are for `python -m db_api` only; the `uvicorn` command has its own options."""
    pool_size: int = Field(default=10, ge=1, le=LARGEST_POOL)
    """Connections to Postgres, and so the number of requests processed at once; others wait."""
    pool_wait_seconds: Seconds = 5
    lease_seconds: Seconds = 10
    """How long a reply belongs to its writer, and a claim to its holder, without renewal."""
    undo_seconds: Seconds = 600
    """How long a deleted chat can be restored."""
    session_days: int = Field(default=365, ge=1, le=36_500)
    """How long a guest's session lasts after the guest's last visit."""
    guest_days: int = Field(default=7, ge=1, le=36_500)
    """How long a guest who wrote nothing is kept after the last visit."""
    most_chats: int = Field(default=5_000, ge=0, le=LARGEST)
    most_messages: int = Field(default=100_000, ge=0, le=LARGEST)
    most_bytes: int = Field(default=200_000_000, ge=0, le=LARGEST)
    most_presets: int = Field(default=100, ge=0, le=LARGEST)
    most_keys: int = Field(default=50, ge=0, le=LARGEST)
    """What one user may own, text in bytes of UTF-8; 0 means unlimited."""
    most_new_chats: int = Field(default=60, ge=0, le=LARGEST)
    """How many chats one user may create in a minute; 0 means unlimited."""
    max_body_bytes: int = Field(default=4 * 1024 * 1024, ge=1024, le=LARGEST)

    @property
    def url(self) -> URL:
        return make_url(self.database_url).set(username="parley_api", password=self.api_password.get_secret_value())

    @property
    def quotas(self) -> dict[str, int]:
        """What the database's triggers compare each user's totals with, by the names they use."""
        return {name: value for name, value in self.model_dump().items() if name.startswith("most_")}


class MigrationSettings(DatabaseSettings):
    """The settings of `python -m db_api.migrate`."""

    owner_password: Secret
    wait_seconds: Seconds = 60
    """How long to wait for the database to accept connections."""

    @property
    def url(self) -> URL:
        return make_url(self.database_url).set(username="parley_owner", password=self.owner_password.get_secret_value())


def load_settings(kind: type[AnySettings]) -> AnySettings:
    """Read the settings from the environment, and each secret also from the file of its name in `SECRETS_DIR`.

    An invalid setting ends the process with a sentence.
    """
    try:
        return _load(kind)
    except ValidationError as error:
        sys.exit(explain(kind, error))


def check_settings(kind: type[DatabaseSettings]) -> None:
    """End the process with a sentence if a setting of another service is invalid; its secrets are not needed here."""
    try:
        _load(kind)
    except ValidationError as error:
        if invalid := [found for found in error.errors() if found["type"] != "missing"]:
            sys.exit(_sentence(kind, invalid[0]))


def explain(kind: type[DatabaseSettings], error: ValidationError) -> str:
    """One sentence that names the first invalid setting, its value unless it is secret, and what to do."""
    return _sentence(kind, error.errors()[0])


def _load(kind: type[AnySettings]) -> AnySettings:
    directory = Path(os.environ.get("SECRETS_DIR", "/run/secrets"))
    return kind(_secrets_dir=directory if directory.is_dir() else None)


def _sentence(kind: type[DatabaseSettings], error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0])
    field = kind.model_fields[name]
    if error["type"] == "missing":
        return f"{name.upper()} is missing: set it, or write it into the file {name} of the folder SECRETS_DIR."
    value = "" if "SecretStr" in str(field.annotation) else f"={error['input']}"
    remedy = "" if field.is_required() else f", or remove it for the default, {field.default}"
    return f"{name.upper()}{value} is invalid: it {_rule(error)}. Change it{remedy}."


def _rule(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_from_float" | "int_parsing_size":
            return "must be a whole number"
        case "float_parsing" | "finite_number":
            return "must be a number"
        case "greater_than":
            return f"must be more than {context['gt']:g}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']:.0f}"
        case "too_short" | "string_too_short":
            return f"must have at least {context['min_length']} characters"
        case "enum":
            return f"must be {context['expected']}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")
