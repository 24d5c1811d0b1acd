"""Runs llama.cpp's server until SIGTERM or SIGINT: `llama-server` where there is one, else the wheel."""

import os
import shlex
import shutil
import signal
import subprocess
import threading

from lm_api.flags import ServerCommand
from lm_api.hub import Say


class ServerFailed(Exception):
    """The server ended by itself; it has logged why."""


def run_server(command: ServerCommand, say: Say) -> None:
    os.environ["GOMP_SPINCOUNT"] = "0"  # a waiting thread sleeps, and does not take the core from who works
    if program := shutil.which("llama-server"):
        _become_program(program, command, say)
    say(f"llama.cpp from the wheel: {shlex.join(command.arguments())}")
    _run_wheel(command)


def _become_program(program: str, command: ServerCommand, say: Say) -> None:
    """Whatever llama.cpp the machine has; an older one knows fewer flags."""
    known = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    flags = [flag for flag in command.flags() if flag[0] in known]
    if unknown := [flag[0] for flag in command.flags() if flag not in flags]:
        say(f"{program} does not know {', '.join(unknown)}: goes without.")
    arguments = [program, *(word for flag in flags for word in flag)]
    say(shlex.join(arguments))
    os.execv(program, arguments)  # noqa: S606 # no shell is wanted


def _run_wheel(command: ServerCommand) -> None:
    from xllamacpp import Server  # type: ignore[import-untyped] # after GOMP_SPINCOUNT: OpenMP reads it as it loads

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Server(command.common_params())
    except RuntimeError as error:
        raise ServerFailed(f"llama.cpp's server did not start (see above): {error}") from error
    stop.wait()
    del server
