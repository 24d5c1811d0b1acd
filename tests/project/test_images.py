"""The images of the three Python services are built alike."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("chat-ui", "db-api", "lm-api")


def stages(service: str) -> list[str]:
    """The Dockerfile's stages with the service's own name taken out, and without comments and copied folders."""
    text = (ROOT / service / "Dockerfile").read_text(encoding="utf-8").replace(service, "SERVICE")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return ("\n" + "\n".join(lines)).split("\nFROM ")[1:]


@pytest.mark.parametrize("service", SERVICES)
def test_dependencies_are_installed_in_the_same_way(service: str) -> None:
    def install(service: str) -> str:
        build = stages(service)[0]
        return build[: build.index("--no-install-workspace")]

    assert install(service) == install(SERVICES[0])


@pytest.mark.parametrize("service", SERVICES)
def test_the_program_runs_in_the_same_place_as_the_same_user(service: str) -> None:
    program = stages(service)[1]
    assert program.startswith("python:3.13-slim")
    assert "useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin parley" in program
    assert "\nWORKDIR /app\nCOPY --from=build /app/.venv .venv\n" in program
    assert "\nENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1" in program
    assert "\nUSER 10001:10001\n" in program


@pytest.mark.parametrize("service", SERVICES)
def test_uv_has_the_version_of_the_makefile(service: str) -> None:
    version = re.findall(r"(?m)^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert re.findall(r"uv==(\S+)", stages(service)[0]) == version
