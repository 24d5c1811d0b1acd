"""What documents may name: the routes, settings, make targets and constants that the code has."""

import importlib
import pkgutil
import re
from functools import cache
from types import ModuleType

import chat_ui.errors
import chat_ui.routes
import db_api.errors
import db_api.routes
from fastapi.routing import APIRoute
from pydantic_settings import BaseSettings

from tests.docs.documents import ROOT, repository_files

MODEL_SERVER_ROUTES = {
    "/health": {"GET"},
    "/metrics": {"GET"},
    "/props": {"GET"},
    "/slots": {"GET"},
    "/v1/models": {"GET"},
    "/v1/chat/completions": {"POST"},
}
"""llama.cpp's own, of those that Parley uses."""

SETTINGS_MODULES = ("chat_ui.settings", "db_api.settings", "parley_local.settings")


@cache
def routes() -> dict[str, set[str]]:
    """Each path with its methods, of both services; parameters are `{}`."""
    found: dict[str, set[str]] = {"/static": {"GET"}, "/static/{}/{}": {"GET"}}
    for module in (*_modules_in(chat_ui.routes), *_modules_in(db_api.routes)):
        for route in getattr(getattr(module, "router", None), "routes", []):
            if isinstance(route, APIRoute):
                found.setdefault(re.sub(r"\{\w+\}", "{}", route.path), {"HEAD"}).update(route.methods or ())
    return found


def _modules_in(package: ModuleType) -> list[ModuleType]:
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in names]


@cache
def problem_types() -> set[str]:
    """The `type` of every RFC 9457 problem. It is named after its error; `/v1` calls a chat a conversation."""
    found = set()
    for module in (chat_ui.errors, db_api.errors):
        for name, kind in vars(module).items():
            if isinstance(kind, type) and issubclass(kind, Exception):
                words = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
                found |= {f"/problems/{words}", f"/problems/{words.replace('chat', 'conversation')}"}
    return found


@cache
def settings() -> set[str]:
    """From the settings classes, `.env.example`, the compose files, the Makefile, and whatever else is asked of the
    environment."""
    names = {"PYTHON"}
    for module in SETTINGS_MODULES:
        for kind in vars(importlib.import_module(module)).values():
            if isinstance(kind, type) and issubclass(kind, BaseSettings):
                names |= {field.upper() for field in kind.model_fields}
    names |= set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for compose in ROOT.glob("compose*.yaml"):
        names |= set(re.findall(r"\$\{([A-Z_][A-Z_0-9]*)", compose.read_text()))
    names |= set(re.findall(r"\$\(([A-Z_]+)\)", (ROOT / "Makefile").read_text()))
    for source in _sources("chat-ui", "db-api", "lm-api/lm_api", "cli", "local"):
        names |= set(re.findall(r'environ(?:ment)?(?:\.get\(|\[)"([A-Z_]+)"', source))
        names |= set(re.findall(r'"(LM_[A-Z_]+)"', source))
    return names


@cache
def constants() -> set[str]:
    """Names that a module of the project defines."""
    found: set[str] = set()
    for source in _sources("chat-ui", "db-api", "lm-api", "cli", "local", "bench", "tests"):
        found |= set(re.findall(r"^([A-Z][A-Z0-9_]*)\b.*?=", source, re.MULTILINE))
    return found


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _sources(*folders: str) -> list[str]:
    prefixes = tuple(f"{folder}/" for folder in folders)
    return [
        (ROOT / path).read_text() for path in repository_files() if path.endswith(".py") and path.startswith(prefixes)
    ]
