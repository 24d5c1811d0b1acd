"""Makes sure that the tests have a Chromium and an nginx: `python -m tests.support.running.provision`.

What is on the machine is used. What is not is installed where that is possible: the browser by Playwright, both by
Debian's packages where we are root. Where it is not possible, this says which tests will not run, and fails under
`CI=true`, where a test that did not run must not look like one that passed.
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
    """The path of a Chromium: the system's, else the one that Playwright installed."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    return _playwright_chromium()


def not_here(tool: str) -> NoReturn:
    """Skips a test; fails it under CI."""
    sentence = (
        f"There is no {tool} here; `python -m tests.support.running.provision` installs it where that is possible."
    )
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
    """`starts` is the service that Debian starts with the package, which is more than the tests asked for."""

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
    """Whether there were commands and all went well; what they print is shown only when one did not."""
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
    print(f"No {tool.name} here; installing it:", flush=True)
    return any(_run(way()) and tool.find() for way in tool.ways)


def main() -> int:
    missing = [tool for tool in TOOLS if not provide(tool)]
    for tool in missing:
        print(f"There is no {tool.name} and it could not be installed, so these tests will not run: {tool.tests}.")
    return 1 if missing and _under_ci() else 0


def _under_ci() -> bool:
    return os.environ.get("CI") == "true"


if __name__ == "__main__":
    sys.exit(main())
