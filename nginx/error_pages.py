"""Write the pages that nginx serves when chat-ui cannot answer: `make error-pages`.

`errors/problem` and `errors/openai` hold one JSON answer per status, in the shape that callers of `/v1` expect. The
other folders hold one HTML page per status and language. nginx inserts the request's id by SSI.
"""

import gettext
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

NGINX = Path(__file__).resolve().parent
CHAT_UI = NGINX.parent / "chat-ui" / "chat_ui"
REQUEST_ID = "<!--# echo var='request_id' -->"
BODY_KILOBYTES = "<!--# echo var='body_kilobytes' -->"
OPENAI_TYPES = {404: "not_found_error", 429: "rate_limit_error"}


@dataclass(frozen=True)
class Error:
    status: int
    name: str
    title: str
    detail: str

    def problem(self) -> dict[str, object]:
        """RFC 9457."""
        return {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": REQUEST_ID,
        }

    def openai(self) -> dict[str, object]:
        kind = OPENAI_TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"error": {"message": self.detail, "type": kind, "param": None, "code": self.name.replace("-", "_")}}


STARTING = "Parley is starting or restarting. Try again in a few seconds."
ERRORS = (
    Error(400, "bad-request", "Bad Request", "Malformed request: it is not valid HTTP."),
    Error(404, "not-found", "Not Found", "Unknown address; docs/api.md lists the API's addresses."),
    Error(405, "method-not-allowed", "Method Not Allowed", "This address does not accept that method."),
    Error(413, "content-too-large", "Content Too Large", f"The body is too large: at most {BODY_KILOBYTES} kB."),
    Error(414, "uri-too-long", "URI Too Long", "The address is too long: at most 8 kB, including the query."),
    Error(
        421,
        "misdirected-request",
        "Misdirected Request",
        "Parley does not answer under this name. Set PARLEY_URL or PARLEY_HOSTS if it is yours.",
    ),
    Error(
        429,
        "too-many-requests",
        "Too Many Requests",
        "Too many requests from your network address. Try again in a few seconds.",
    ),
    Error(
        431,
        "headers-too-large",
        "Request Header Fields Too Large",
        "The headers are too large: at most 8 kB each and 32 kB in total.",
    ),
    Error(500, "internal-error", "Internal Server Error", "Internal error; it has been logged."),
    Error(
        501,
        "not-implemented",
        "Not Implemented",
        "Unknown transfer encoding: send the body with a Content-Length, or chunked.",
    ),
    Error(502, "bad-gateway", "Bad Gateway", STARTING),
    Error(503, "service-unavailable", "Service Unavailable", STARTING),
    Error(504, "gateway-timeout", "Gateway Timeout", "Parley did not respond in time. Try again in a few seconds."),
)


def error_pages() -> Iterator[tuple[Path, str]]:
    """Every generated file with its content."""
    errors = NGINX / "errors"
    for error in ERRORS:
        yield errors / "problem" / f"{error.status}.problem+json", compact(error.problem())
        yield errors / "openai" / f"{error.status}.json", compact(error.openai())
    pages: list[int | str] = [*(error.status for error in ERRORS), "not-sent"]
    for language in languages():
        for status in pages:
            yield errors / language / f"{status}.html", html_page(language, status)


def compact(answer: dict[str, object]) -> str:
    return json.dumps(answer, separators=(",", ":"))


def languages() -> list[str]:
    return ["en", *sorted(folder.name for folder in (CHAT_UI / "locales").iterdir() if folder.is_dir())]


def html_page(language: str, status: int | str) -> str:
    pages = Environment(
        loader=FileSystemLoader(CHAT_UI / "templates"),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    translations = gettext.translation("messages", CHAT_UI / "locales", [language], fallback=True)
    pages.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return pages.get_template("nginx/error.html").render(language=language, status=status)


if __name__ == "__main__":
    for file, content in error_pages():
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
