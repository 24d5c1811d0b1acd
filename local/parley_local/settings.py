"""The settings of `make run`, from the environment and the file `.env`, as in the compose stack."""

import os
import sys
from ipaddress import IPv4Address
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, IPvAnyAddress
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE = ".env"


class Settings(BaseSettings):
    """The runner's own settings; those of the services are in `service_environment`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, env_file=ENV_FILE)

    parley_port: int = Field(default=8080, ge=1, le=65535)
    parley_bind: IPvAnyAddress = Field(default=IPv4Address("127.0.0.1"))
    parley_directory: Path = Path(".parley")

    ci: str = ""
    display: str = ""
    wayland_display: str = ""

    @property
    def is_watched(self) -> bool:
        """Whether a person at a screen started this, so that a browser is worth opening."""
        screen = self.display or self.wayland_display or sys.platform == "darwin"
        return bool(screen) and sys.stdout.isatty() and not self.ci


def service_environment() -> dict[str, str]:
    """Return the environment that the services inherit: `.env`, overridden by the process's own environment."""
    return {name: value for name, value in {**dotenv_values(ENV_FILE), **os.environ}.items() if value is not None}
