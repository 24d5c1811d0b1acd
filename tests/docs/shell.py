"""Run a document's shell blocks as a reader would: as printed, but for the addresses, which are the test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.docs.documents import ROOT, shell_blocks

DEADLINE_SECONDS = 90
SECONDS_TO_END = 20
STRICT = ["bash", "-euo", "pipefail", "-c"]

Texts = Mapping[str, str]
NONE: Texts = {}


def example(document: str, words: str) -> str:
    """The document's only `sh` block with these words."""
    (block,) = (block for block in shell_blocks(document) if block.language == "sh" and words in block.text)
    return block.text


def run(script: str, folder: Path = ROOT, *, replace: Texts = NONE, environment: Texts = NONE) -> str:
    """What the script prints.

    Args:
        replace: What is printed in the document, and what the test has instead.

    Raises:
        AssertionError: A command of it failed.
    """
    done = subprocess.run(
        [*STRICT, _with(script, replace)],
        env=_environment(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@contextmanager
def started(
    script: str, answers: str, folder: Path = ROOT, *, replace: Texts = NONE, environment: Texts = NONE
) -> Iterator[None]:
    """The script runs until the end of the block, which starts when the address `answers`."""
    with (folder / "shell.log" if folder != ROOT else Path(os.devnull)).open("w+") as log:
        process = subprocess.Popen(
            [*STRICT, _with(script, replace)],
            env=_environment(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )
        try:
            _wait_for(answers, process, log.name)
            yield
        finally:
            _end(process)


def folder_with_the_environment(folder: Path) -> Path:
    """A folder in which `.venv/bin/…` is found, as it is in a clone after `make setup`."""
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


def _with(script: str, replace: Texts) -> str:
    for printed, own in replace.items():
        assert printed in script, f"{printed} is not in the example any more"
        script = script.replace(printed, own)
    return script


def _environment(own: Texts) -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**os.environ, "NO_PROXY": "*", "PATH": path, **own}


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(address, trust_env=False, timeout=2).is_success:
                return
        assert time.monotonic() < deadline, f"{address} does not answer:\n{Path(log).read_text()}"
        time.sleep(0.1)
    raise AssertionError(f"it ended by itself:\n{Path(log).read_text()}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Also what the script left in the background."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + SECONDS_TO_END
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
            while time.monotonic() < deadline:
                process.poll()  # else it would stay in its group as a zombie
                os.killpg(process.pid, 0)
                time.sleep(0.05)
