"""`parley login`, `config` and `models`."""

import json
import sys
from typing import Annotated

import typer

from parley_cli.api import Api
from parley_cli.config import Config, config_file, load_config, save_config
from parley_cli.errors import KeyRefused
from parley_cli.options import AsJson

Url = Annotated[str | None, typer.Option("--url", show_default=False, help="Where Parley is, as a browser finds it.")]


def login(url: Url = None) -> None:
    """Keep an API key, and Parley's address, in a file that only you can read. The key is asked for, or piped in."""
    url = (url or load_config().url).rstrip("/")
    if sys.stdin.isatty():
        typer.echo(f"Make a key at {url}/keys and paste it here; it is not shown.")
        key = typer.prompt("API key", hide_input=True)
    else:
        key = sys.stdin.read()
    if not key.strip().isascii() or not key.strip():
        raise KeyRefused(f"That is no API key. Make one at {url}/keys.")
    config = Config(url, key.strip())
    Api(config).get("/v1/conversations", limit=1)
    typer.echo(f"Kept in {save_config(config)}.")


def config() -> None:
    """Where Parley is looked for, with which key, and where that is written."""
    now = load_config()
    typer.echo(f"address  {now.url}")
    typer.echo(f"key      {now.api_key[:11] + '…' if now.api_key else 'none: parley login'}")
    typer.echo(f"file     {config_file()}{'' if config_file().exists() else ' (not there)'}")
    typer.echo("PARLEY_URL and PARLEY_API_KEY in the environment go before the file.")


def models(*, as_json: AsJson = False) -> None:
    """The model that answers."""
    listed = Api(load_config()).get("/v1/models")["data"]
    if as_json:
        typer.echo(json.dumps(listed, ensure_ascii=False))
    else:
        for model in listed:
            typer.echo(model["id"])
