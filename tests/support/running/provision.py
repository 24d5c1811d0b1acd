"""Provide a Chromium and an nginx for the tests: `python -m tests.support.running.provision`.

Tools on the machine are used. A missing one is installed where possible: Chromium by Playwright, and both from
Debian's packages when run as root. Otherwise this prints which tests will not run, and fails under `CI=true`, where a
skipped test must not pass for a successful one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from parley_local.nginx import find_nginx

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Tool:
    name: str
    find: Callable[[], object]
    ways: tuple[Callable[[], list[list[str]]], ...]
    tests: str


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, or else of the one that Playwright installed."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    return _playwright_chromium()


def not_here(tool: str) -> NoReturn:
    """Skip the test; under CI, fail it."""
    sentence = f"{tool} is missing; `python -m tests.support.running.provision` installs it where possible."
    if _under_ci():
        pytest.fail(sentence)
    pytest.skip(sentence)


def _playwright_chromium() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def _playwright_install() -> list[list[str]]:
    return [[sys.executable, "-m", "playwright", "install", "chromium"]]


def _apt_install(package: str, *, starts: str | None = None) -> Callable[[], list[list[str]]]:
    """Commands that install a package, and stop the service that it starts: the tests only need the program."""

    def commands() -> list[list[str]]:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            return []
        quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        install = [[*quiet, "update"], [*quiet, "install", "--yes", "--no-install-recommends", package]]
        stop = [["systemctl", "disable", "--now", starts]] if starts and Path("/run/systemd/system").is_dir() else []
        return install + stop

    return commands


TOOLS = (
    Tool("Chromium", find_chromium, (_playwright_install, _apt_install("chromium")), tests="tests/browser"),
    Tool("nginx", find_nginx, (_apt_install("nginx-light", starts="nginx"),), tests="tests/browser"),
)


def _run(commands: Iterable[list[str]]) -> bool:
    """Whether there were commands and all succeeded; the output of a failed one is printed."""
    ran = False
    for command in commands:
        print(f"  {' '.join(command)}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        result = subprocess.run(
            command, env=environment, timeout=INSTALL_SECONDS, text=True, capture_output=True, check=False
        )
        if result.returncode != 0:
            print(_last_lines(result.stdout + result.stderr), flush=True)
            return False
        ran = True
    return ran


def _last_lines(output: str, count: int = 3) -> str:
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-count:])


def provide(tool: Tool) -> bool:
    if tool.find():
        return True
    print(f"{tool.name} is missing; installing it:", flush=True)
    return any(_run(way()) and tool.find() for way in tool.ways)


def main() -> int:
    missing = [tool for tool in TOOLS if not provide(tool)]
    for tool in missing:
        print(f"{tool.name} could not be installed, so these tests will not run: {tool.tests}.")
    return 1 if missing and _under_ci() else 0


def _under_ci() -> bool:
    return os.environ.get("CI") == "true"


if __name__ == "__main__":
    sys.exit(main())
