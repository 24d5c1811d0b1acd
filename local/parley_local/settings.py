"""The settings of `make run`, from the environment and, as in the compose stack, from the file `.env`."""

import os
import sys
from ipaddress import IPv4Address
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, IPvAnyAddress
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE = ".env"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, env_file=ENV_FILE)

    parley_port: int = Field(default=8080, ge=1, le=65535)
    parley_bind: IPvAnyAddress = Field(default=IPv4Address("127.0.0.1"))
    parley_directory: Path = Path(".parley")

    ci: str = ""
    display: str = ""
    wayland_display: str = ""

    @property
    def somebody_watches(self) -> bool:
        """Whether there is a person and a screen to open a browser for."""
        screen = self.display or self.wayland_display or sys.platform == "darwin"
        return bool(screen) and sys.stdout.isatty() and not self.ci


def service_environment() -> dict[str, str]:
    """What the services inherit: MODEL, HF_ENDPOINT and all the others."""
    return {name: value for name, value in {**dotenv_values(ENV_FILE), **os.environ}.items() if value is not None}
