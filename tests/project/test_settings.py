"""A setting is declared in one class; compose, `.env.example` and the tables of the documentation agree with it."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import chat_ui.settings
import db_api.settings
import parley_local.settings
import pytest
import yaml
from lm_api.catalogue import DEFAULT_MODEL, catalogue
from lm_api.options import ServerOptions
from pydantic import SecretStr
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[a-z]*/README.md")})

INSIDE = {"DB_API_URL", "LM_API_URL", "DATABASE_URL", "LISTEN_HOST", "LISTEN_PORT", "FORWARDED_ALLOW_IPS", "LOG_FORMAT"}
"""Addresses and formats that the stack decides itself."""

Defaults = dict[str, str]


def is_a_file(annotation: object) -> bool:
    """Secrets that a service cannot start without reach it as files."""
    return annotation is SecretStr


def declared(*classes: type[BaseSettings]) -> Defaults:
    """The settings of these classes by their name in the environment; no default is an empty one."""
    return {
        name.upper(): as_text(field.default)
        for kind in classes
        for name, field in kind.model_fields.items()
        if not is_a_file(field.annotation)
    }


def as_text(default: object) -> str:
    return "" if default is None else f"{default:g}" if isinstance(default, float) else str(default)


MODEL_SERVER: Defaults = {"MODEL": DEFAULT_MODEL, "DRAFT_MODEL": ""} | {
    f"LM_{field.name.upper()}": "" if field.default is MISSING else as_text(field.default)
    for field in fields(ServerOptions)
}
CHAT_UI = declared(chat_ui.settings.Settings)
DB_API = declared(db_api.settings.Settings)
MIGRATION = declared(db_api.settings.MigrationSettings)
MAKE_RUN = declared(parley_local.settings.Settings)
SECRETS: Defaults = {
    name.upper(): ""
    for kind in (chat_ui.settings.Settings, db_api.settings.Settings, db_api.settings.MigrationSettings)
    for name, field in kind.model_fields.items()
    if is_a_file(field.annotation)
}
SERVICES = {"chat-ui": CHAT_UI, "db-api": DB_API, "migrate": MIGRATION, "lm-api": MODEL_SERVER, "model": MODEL_SERVER}


def compose_defaults() -> Defaults:
    """Every variable that compose.yaml reads, with the default that it names."""
    text = re.sub(r"(?m)^\s*#.*", "", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))


def settings_of_the_stack() -> Defaults:
    services = CHAT_UI | DB_API | MIGRATION | MODEL_SERVER
    return compose_defaults() | {name: default for name, default in services.items() if name not in INSIDE}


@pytest.mark.parametrize("service", SERVICES)
def test_compose_passes_every_setting_to_its_service(service: str) -> None:
    passed = COMPOSE["services"][service].get("environment", {})
    for name, default in SERVICES[service].items():
        if name not in INSIDE:
            assert passed.get(name) in {f"${{{name}:-}}", f"${{{name}:-{default}}}"}, name


def test_nginx_has_the_defaults_of_its_image() -> None:
    image = dict(re.findall(r'(NGINX_\w+)="?([^"\s]+)', (ROOT / "nginx" / "Dockerfile").read_text(encoding="utf-8")))
    for name, value in COMPOSE["services"]["nginx"]["environment"].items():
        if name in CHAT_UI:  # nginx/variables.envsh derives others from it
            assert value == COMPOSE["services"]["chat-ui"]["environment"][name], name
            continue
        assert value.endswith(f":-{image[name]}}}"), name


def test_the_example_lists_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert dict(re.findall(r"(?m)^#([A-Z_]+)=(\S*)", lines)) == settings_of_the_stack()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_tables_of_the_documentation_name_settings_and_defaults_that_exist(document: Path) -> None:
    for name, documented in documented_defaults(document.read_text(encoding="utf-8")):
        defaults = {
            known[name] for known in (*SERVICES.values(), MAKE_RUN, settings_of_the_stack(), SECRETS) if name in known
        }
        assert defaults, f"{name} is no setting"
        assert documented in defaults or "" in defaults, f"the default of {name} is {defaults}"


def documented_defaults(text: str) -> Iterator[tuple[str, str]]:
    """The names and defaults in every table that has a column `default`; the first word of a default counts."""
    default_at = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            default_at = None
        elif default_at is None:
            titles = [cell.lower() for cell in cells]
            default_at = titles.index("default") if "default" in titles else 0
        elif default_at and (names := re.findall(r"`([A-Z][A-Z_]+)`", cells[0])):
            told = cells[default_at].split(", ")
            for at, name in enumerate(names):
                words = told[min(at, len(told) - 1)].replace("`", "").split()
                yield name, words[0].rstrip(";,") if words else ""


def test_the_documents_name_the_size_of_the_default_model() -> None:
    megabytes = str(catalogue()[DEFAULT_MODEL].bytes // 1_000_000)
    for document in DOCUMENTS:
        named = re.findall(r"language\s+model\s+of\s+(?:about\s+)?(\d+)\s+MB", document.read_text(encoding="utf-8"))
        assert set(named) <= {megabytes}, document
