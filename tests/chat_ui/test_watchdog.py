"""A process that makes no progress ends; one that does lives on."""

import subprocess
import sys
import time

import pytest

PROGRAM = """
import asyncio, re
from chat_ui.watchdog import watchdog

async def main():
    stuck = []
    async with watchdog(lambda: bool(stuck), seconds=0.6):
        {body}

asyncio.run(main())
print("ended by itself")
"""


def run(body: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(body=body)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_a_process_that_works_lives_on() -> None:
    done = run("await asyncio.sleep(1.5)")
    assert (done.returncode, done.stdout.strip()) == (0, "ended by itself")


@pytest.mark.parametrize(
    "body",
    [
        "import time; time.sleep(30)",
        "re.match('(a+)+$', 'a' * 40 + 'b')",  # holds the interpreter's lock
        "stuck.append(1); await asyncio.sleep(30)",
    ],
)
def test_a_process_that_stands_still_ends_and_says_where(body: str) -> None:
    began = time.monotonic()
    done = run(body)
    assert done.returncode != 0
    assert time.monotonic() - began < 25
    assert "Timeout" in done.stderr
    assert "most recent call first" in done.stderr
