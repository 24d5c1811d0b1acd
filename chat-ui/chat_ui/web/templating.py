"""Jinja pages. Templates are compiled once; static files get an address that changes with their content."""

import hashlib
from collections.abc import Iterator, MutableMapping
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chat_ui.language.reader import preferences
from chat_ui.language.translation import decimal, gettext, ngettext, pgettext
from chat_ui.markdown.render import render
from chat_ui.web.fragment_cache import FragmentCache

HERE = Path(__file__).parent.parent
STATIC = HERE / "static"
SWAGGER = ("fastapi_offline", "static")
"""Swagger's files lie in a package of Python's: a private machine may reach no other place."""

STYLE_SHEET = "css/parley.css"
"""All of them in one, made when a process starts: a request each is what a first load waits for."""


def static_version() -> str:
    """A hash over all static files: a file's address may be cached for ever, since a new file has a new one.

    Of Swagger's files, over their package's version.
    """
    digest = hashlib.sha256(version(SWAGGER[0]).encode())
    for file in sorted(_files(STATIC)):
        digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


class _Environment(Environment):
    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """In one mapping. Jinja's own two are compared key by key at each import: a quarter of a page's rendering."""
        return {**self.globals, **(d or {})}


def make_templates() -> Environment:
    """The environment in which every page is rendered: autoescaped, and an unknown name is an error."""
    environment = _Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,  # there are not many; Jinja's bounded cache looks through all of them at each use
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    environment.globals.update(static=f"/static/{static_version()}", style_sheet=STYLE_SHEET)
    environment.globals.update(modules=list(_modules()))
    environment.globals.update(preferences=preferences, cached=FragmentCache())
    environment.filters.update(markdown=_markdown, isoformat=datetime.isoformat, decimal=decimal, duration=duration)
    return environment


def _markdown(text: str, anchor: object) -> Markup:
    return Markup(render(text, f"{anchor}-"))  # noqa: S704 - rendered safe


def duration(seconds: float) -> str:
    """
    >>> [duration(seconds) for seconds in (0.3, 4.2, 65, 600)]
    ['1 s', '4 s', '1 min 5 s', '10 min']
    """
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return " ".join([*([f"{minutes} min"] if minutes else []), *([f"{rest} s"] if rest else [])])


def style_sheet() -> str:
    """The style sheets in their order: tokens, base, layout, then a file for each component."""
    first = [STATIC / "css" / name for name in ("tokens.css", "base.css", "layout.css")]
    components = sorted((STATIC / "css/components").glob("*.css"))
    return "\n".join(file.read_text(encoding="utf-8") for file in (*first, *components))


def _modules() -> Iterator[str]:
    """What main.js imports, so that a browser fetches it all at once."""
    yield from ("js/texts.js", "js/worker.js")
    for file in sorted((STATIC / "js/components").glob("*.js")):
        yield f"js/components/{file.name}"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


class Templates:
    def __init__(self) -> None:
        self._environment = make_templates()
        self._around = lru_cache(maxsize=1024)(self._frames)

    def render(self, template: str, /, **context: Any) -> str:
        return self._environment.get_template(template).render(context)

    def growth(self, finished: str, still_open: str, place: str) -> str:
        """What changes where a text has grown, as the macro `growth` says it.

        What stands around the text is rendered once: with the template it took 149 µs, with the macro 5 µs.
        """
        added, replaced = self._around(place)
        more = f"{added[0]}{finished}{added[1]}" if finished else ""
        return f"{more}{replaced[0]}{still_open}{replaced[1]}"

    def _frames(self, place: str) -> tuple[tuple[str, str], tuple[str, str]]:
        """What stands before and after the text that is added and the text that is replaced."""
        module = self._environment.get_template("components/growing-text.html").module
        added, replaced = (str(getattr(module, macro)("|", place)).split("|") for macro in ("added", "replaced"))
        return (added[0], added[1]), (replaced[0], replaced[1])
