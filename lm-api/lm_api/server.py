"""Runs llama.cpp's server until SIGTERM or SIGINT: `llama-server` if the machine has one, else the wheel."""

import os
import shlex
import shutil
import signal
import subprocess
import threading

from lm_api.flags import ServerCommand
from lm_api.hub import Say


class ServerFailed(Exception):
    """The server cannot start; its log or the message says why."""


def run_server(command: ServerCommand, say: Say) -> None:
    os.environ["GOMP_SPINCOUNT"] = "0"  # waiting threads sleep instead of spinning on cores that others need
    if program := shutil.which("llama-server"):
        _become_program(program, command, say)
    say(f"llama.cpp from the wheel: {shlex.join(command.arguments())}")
    _run_wheel(command)


def _become_program(program: str, command: ServerCommand, say: Say) -> None:
    """Replace this process by the machine's llama.cpp, without the flags that an older version does not know."""
    known = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    flags = [flag for flag in command.flags() if flag[0] in known]
    if unknown := [flag[0] for flag in command.flags() if flag not in flags]:
        say(f"{program} does not know these flags, so they are left out: {', '.join(unknown)}.")
    arguments = [program, *(word for flag in flags for word in flag)]
    say(shlex.join(arguments))
    os.execv(program, arguments)  # noqa: S606 # no shell is needed


def _run_wheel(command: ServerCommand) -> None:
    from xllamacpp import Server  # type: ignore[import-untyped] # OpenMP reads GOMP_SPINCOUNT at import

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Server(command.common_params())
    except RuntimeError as error:
        raise ServerFailed(f"llama.cpp's server did not start (see above): {error}") from error
    stop.wait()
    del server
