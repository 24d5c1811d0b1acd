"""`parley login`, `config` and `models`."""

import json
import sys
from typing import Annotated

import typer

from parley_cli.api import Api
from parley_cli.config import Config, config_file, load_config, save_config
from parley_cli.errors import KeyRefused
from parley_cli.options import AsJson

Url = Annotated[str | None, typer.Option("--url", show_default=False, help="Parley's address, as in a browser.")]


def login(url: Url = None) -> None:
    """Check an API key, then save it and Parley's address in a file that only you can read."""
    url = (url or load_config().url).rstrip("/")
    if sys.stdin.isatty():
        typer.echo(f"Create a key at {url}/keys and paste it here; it is not shown.")
        key = typer.prompt("API key", hide_input=True)
    else:
        key = sys.stdin.read()
    if not key.strip().isascii() or not key.strip():
        raise KeyRefused(f"Not an API key. Create one at {url}/keys.")
    config = Config(url, key.strip())
    Api(config).get("/v1/conversations", limit=1)
    typer.echo(f"Saved in {save_config(config)}.")


def config() -> None:
    """Show the address and the API key in use, and the file they come from."""
    current = load_config()
    typer.echo(f"address  {current.url}")
    typer.echo(f"key      {current.api_key[:11] + '…' if current.api_key else 'none: run parley login'}")
    typer.echo(f"file     {config_file()}{'' if config_file().exists() else ' (missing)'}")
    typer.echo("PARLEY_URL and PARLEY_API_KEY in the environment override the file.")


def models(*, as_json: AsJson = False) -> None:
    """Show the model that answers."""
    listed = Api(load_config()).get("/v1/models")["data"]
    if as_json:
        typer.echo(json.dumps(listed, ensure_ascii=False))
    else:
        for model in listed:
            typer.echo(model["id"])
