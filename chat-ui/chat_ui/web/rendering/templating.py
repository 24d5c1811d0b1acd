"""Jinja templates, and the versioned addresses of static files."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from chat_ui.language.reader import preferences
from chat_ui.language.translation import decimal, gettext, ngettext, pgettext
from chat_ui.markdown.render import render
from chat_ui.web.rendering.fragment_cache import fragment_cache
from chat_ui.web.rendering.growth import growth
from chat_ui.web.rendering.template_globals import FlatGlobalsEnvironment

HERE = Path(__file__).parents[2]
STATIC = HERE / "static"
SWAGGER = ("fastapi_offline", "static")
"""A Python package contains Swagger's files: the machine may have no internet access."""

STYLE_SHEET = "css/parley.css"
"""All style sheets in one file, joined at start-up: a first load would wait for a request each."""


ADDRESS = re.compile(r"""(\b(?:href|src|action|formaction|hx-get|hx-post|hx-sse:connect)=")/(?!/)""")


class Prefix(Extension):
    """Puts the prefix of `PARLEY_URL`, `root`, before the addresses that a template has in attributes.

    So templates name the addresses of the routes. An address in a variable or a script needs `{{ root }}` itself.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return ADDRESS.sub(r"\1{{ root }}/", source)


def static_version() -> str:
    """A hash of all static files and of Swagger's version.

    It is part of each file's address, so that a browser may cache the file for ever.
    """
    digest = hashlib.sha256(version(SWAGGER[0]).encode())
    for file in sorted(_files(STATIC)):
        digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def make_templates(root: str = "") -> Environment:
    """The environment of all templates: it escapes values, and an unknown name is an error."""
    environment = FlatGlobalsEnvironment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,  # unbounded: there are few templates
        extensions=["jinja2.ext.i18n", Prefix],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined]
    environment.globals.update(root=root, static=f"{root}/static/{static_version()}", style_sheet=STYLE_SHEET)
    environment.filters["translated"] = gettext
    environment.globals.update(modules=list(_modules()))
    environment.globals.update(preferences=preferences, cached=fragment_cache(), growth=growth)
    environment.filters.update(markdown=_markdown, isoformat=datetime.isoformat, decimal=decimal, duration=duration)
    return environment


def _markdown(text: str, anchor: object) -> Markup:
    return Markup(render(text, f"{anchor}-"))  # noqa: S704 - render() cleans it


def duration(seconds: float) -> str:
    """
    >>> [duration(seconds) for seconds in (0.3, 4.2, 65, 600)]
    ['1 s', '4 s', '1 min 5 s', '10 min']
    """
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return " ".join([*([f"{minutes} min"] if minutes else []), *([f"{rest} s"] if rest else [])])


def style_sheet() -> str:
    """All style sheets: tokens, base, layout, then the components."""
    first = [STATIC / "css" / name for name in ("tokens.css", "base.css", "layout.css")]
    components = sorted((STATIC / "css/components").glob("*.css"))
    return "\n".join(file.read_text(encoding="utf-8") for file in (*first, *components))


def _modules() -> Iterator[str]:
    """The modules that main.js imports, for the browser to fetch at once."""
    yield from ("js/root.js", "js/texts.js", "js/worker.js")
    for file in sorted((STATIC / "js/components").glob("*.js")):
        yield f"js/components/{file.name}"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


class Templates:
    growth = staticmethod(growth)

    def __init__(self, root: str = "") -> None:
        self._environment = make_templates(root)

    def render(self, template: str, /, **context: Any) -> str:
        return self._environment.get_template(template).render(context)
