"""The `parley` command."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from parley_cli import account, chat, conversations
from parley_cli.errors import CliError, Interrupted

app = typer.Typer(
    name="parley",
    help="Chat with Parley from a terminal.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (
    chat.chat,
    conversations.ls,
    conversations.show,
    conversations.rm,
    account.models,
    account.login,
    account.config,
):
    app.command()(command)


def run() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)
    try:
        app()
    except CliError as error:
        print(f"parley: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Interrupted as interrupted:
        sys.exit(interrupted.exit_code)


def interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise Interrupted(number)
