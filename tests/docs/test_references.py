"""A document that names a route, file, setting or make target which does not exist is wrong."""

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from pathlib import PurePosixPath
from posixpath import normpath

import pytest

from tests.docs.documents import ROOT, Span, code_spans, documents, headings, links, repository_files, shell_blocks
from tests.docs.names import MODEL_SERVER_ROUTES, constants, make_targets, problem_types, routes, settings

SUFFIXES = re.compile(r"conf|css|gguf|html|js|json|md|po|py|sh|sql|svg|toml|txt|ya?ml")

ELSEWHERE = re.compile(
    r"""
    \.parley/.*         # created by `make run`
    | \.venv/.* | \.env
    | config\.json      # of the command line, in its user's home
    | my\.gguf
    """,
    re.VERBOSE,
)
"""Files that exist on a reader's machine only."""

PLACES = ("/run/secrets", "/root", "/models", "/proc")
"""Folders of a machine or a container, which look like routes."""


def fail_with(wrong: Iterable[Span]) -> None:
    lines = [str(span) for span in wrong]
    assert not lines, "\n".join(["These do not exist:", *lines])


@pytest.mark.parametrize("document", documents())
def test_every_link_leads_somewhere(document: str) -> None:
    fail_with(link for link in links(document) if not _leads_somewhere(link))


@pytest.mark.parametrize("document", documents())
def test_every_file_that_is_named_exists(document: str) -> None:
    fail_with(span for span in code_spans(document) if _is_file(span.text) and not _exists(span))


@pytest.mark.parametrize("document", documents())
def test_every_route_that_is_named_exists(document: str) -> None:
    fail_with(span for span in code_spans(document) if _is_route(span.text) and not _is_served(span.text))


@pytest.mark.parametrize("document", documents())
def test_every_setting_that_is_named_exists(document: str) -> None:
    named = [Span(span.document, span.line, name) for span in _texts(document) for name in _settings_in(span.text)]
    fail_with(span for span in named if not _is_known(span.text) and span.text not in _shell_variables(document))


@pytest.mark.parametrize("document", documents())
def test_every_make_target_that_is_named_exists(document: str) -> None:
    fail_with(
        span
        for span in _texts(document)
        for target in re.findall(r"(?:^|[;&|]\s*)make ([a-z][\w-]*)", span.text, re.MULTILINE)
        if target not in make_targets()
    )


def _texts(document: str) -> list[Span]:
    """What a reader types: inline code and shell blocks."""
    return [*code_spans(document), *(Span(document, block.line, block.text) for block in shell_blocks(document))]


def _leads_somewhere(link: Span) -> bool:
    path, _, anchor = link.text.partition("#")
    target = normpath(f"{PurePosixPath(link.document).parent}/{path}") if path else link.document
    if not (ROOT / target).exists():
        return False
    return not anchor or (target.endswith(".md") and anchor in headings(target))


def _is_file(text: str) -> bool:
    if not re.fullmatch(r"(?!/)[\w.*{}-]+(/[\w.*{}-]+)*/?", text) or ELSEWHERE.fullmatch(text):
        return False
    return "/" in text or ("." in text and bool(SUFFIXES.fullmatch(text.rpartition(".")[2])))


def _exists(span: Span) -> bool:
    """Beside the document, or anywhere: a path may start at any folder that its text is about."""
    name = normpath(span.text)
    beside = normpath(f"{PurePosixPath(span.document).parent}/{name}")
    return any(fnmatch(f"/{path}", f"*/{name}") or fnmatch(path, beside) for path in _files_and_folders())


@cache
def _files_and_folders() -> frozenset[str]:
    files = repository_files()
    return files | {str(folder) for path in files for folder in PurePosixPath(path).parents}


ROUTE = re.compile(r"(?:([A-Z|]+) )?(…?/[\w{}./-]*)(?:\?\S*)?")


def _is_route(text: str) -> bool:
    return bool(ROUTE.fullmatch(text)) and not text.startswith(PLACES)


def _is_served(text: str) -> bool:
    """`…/stop` is the end of a route, as a table writes it; `/problems/…` is the type of an error."""
    found = ROUTE.fullmatch(text)
    assert found
    methods, path = set((found[1] or "").split("|")) - {""}, found[2]
    if path in problem_types() or (path in MODEL_SERVER_ROUTES and not methods - MODEL_SERVER_ROUTES[path]):
        return True
    wanted = re.sub(r"\{\w+\}", "{}", path)
    return any(_is_meant(wanted, route) and methods <= served for route, served in routes().items())


def _is_meant(wanted: str, route: str) -> bool:
    if wanted.startswith("…"):
        return route.endswith(wanted[1:])
    return route == wanted or route.startswith(f"{wanted.rstrip('/')}/")


def _settings_in(text: str) -> list[str]:
    """`NAME_OF_IT`, `NAMES_*`, and whatever is assigned on a command line."""
    assigned = re.findall(r"(?:^|\s)([A-Z][A-Z0-9_]*)=", text)
    return assigned + ([text] if re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:[A-Z0-9]+|\*)", text) else [])


def _shell_variables(document: str) -> set[str]:
    """What the document's own blocks read again."""
    return {name for block in shell_blocks(document) for name in re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", block.text)}


def _is_known(name: str) -> bool:
    known = settings() | constants()
    return any(fnmatch(setting, name) for setting in known)
