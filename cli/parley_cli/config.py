"""Parley's address and the API key: from the environment, else from a file that only its owner can read."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import httpx
import typer

from parley_cli.errors import CliError

DEFAULT_URL = "http://localhost"


@dataclass(frozen=True)
class Config:
    url: str
    api_key: str | None

    def __post_init__(self) -> None:
        address = httpx.URL(self.url)
        if address.scheme not in ("http", "https") or not address.host:
            raise CliError(
                f"{self.url} is not a valid address: it must start with http:// or https:// and name a host."
            )


def config_file() -> Path:
    return Path(typer.get_app_dir("parley")) / "config.json"


def load_config() -> Config:
    """Load the configuration; the environment overrides each value of the file.

    Raises:
        CliError: the file cannot be read, or the address is invalid.
    """
    stored = _read(config_file())
    url = os.environ.get("PARLEY_URL") or stored.get("url") or DEFAULT_URL
    api_key = os.environ.get("PARLEY_API_KEY") or stored.get("api_key")
    return Config(url.rstrip("/"), api_key)


def save_config(config: Config) -> Path:
    """Replace the file atomically, readable by its owner only at every moment."""
    path = config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - a mode from the start
        json.dump({"url": config.url, "api_key": config.api_key}, file)
    return new.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CliError(f"Cannot read {path} ({error}): repair it, or replace it with `parley login`.") from error
    return {key: value for key, value in stored.items() if isinstance(value, str)} if isinstance(stored, dict) else {}
