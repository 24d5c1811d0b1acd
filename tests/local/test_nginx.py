"""nginx's own error pages match the caller (JSON under `/v1`, HTML elsewhere) and name the request's id."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_local.health import answers
from parley_local.nginx import find_nginx
from parley_local.ports import LOOPBACK, free_port
from selectolax.lexbor import LexborHTMLParser

from tests.support.running.parts import Part
from tests.support.running.provision import not_here
from tests.support.running.waiting import wait_until

LONG: dict[str, Any] = {"content": "a" * 300_000, "headers": {"Content-Type": "application/json"}}
UNCHANGED: Mapping[str, str] = {}
HASTY = {"proxy_read_timeout 60s;": "proxy_read_timeout 1s;"}
STRICT = {"rate=50r/s": "rate=1r/m", "burst=100": "burst=1"}
"""One request a minute after the first two, so that even a slow machine sees refusals."""
GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"}


@dataclass
class Door:
    http: httpx.Client
    port: int

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)


@contextmanager
def running_nginx(folder: Path, upstream_port: int, changes: Mapping[str, str] = UNCHANGED) -> Iterator[Door]:
    """The site, with these parts replaced, in front of that port."""
    nginx, port = find_nginx() or not_here("nginx"), free_port()
    service = nginx.service(folder / "nginx", LOOPBACK, port, upstream_port=upstream_port, environment={})
    site = folder / "nginx" / "site" / "default.conf"
    for text, replacement in changes.items():
        assert text in site.read_text()
        site.write_text(site.read_text().replace(text, replacement))
    part = Part(service, folder / "nginx.log")
    with ExitStack() as ending:
        ending.callback(part.close)
        part.start(wait=False)
        url = f"http://{LOOPBACK}:{port}"
        wait_until(lambda: answers(f"{url}/health/nginx"), 20, what=lambda: part.log)
        yield Door(ending.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False)), port)


@pytest.fixture(scope="module")
def before_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Nothing listens where chat-ui should."""
    with running_nginx(tmp_path_factory.mktemp("nothing"), free_port()) as door:
        yield door


@pytest.fixture(scope="module")
def before_silence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """chat-ui accepts requests and never answers."""
    with (
        closing(socket.create_server((LOOPBACK, 0), backlog=128)) as silence,
        running_nginx(tmp_path_factory.mktemp("silence"), silence.getsockname()[1], HASTY) as door,
    ):
        yield door


@pytest.fixture
def before_crowds(tmp_path: Path) -> Iterator[Door]:
    with running_nginx(tmp_path, free_port(), STRICT) as door:
        yield door


def assert_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert (problem["type"], problem["status"]) == (f"/problems/{name}", status)
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert_request_id(answer, problem["request_id"])


def assert_openai_error(answer: httpx.Response, status: int, kind: str, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    error: dict[str, Any] = answer.json()["error"]
    assert (error["type"], error["code"], error["param"]) == (kind, code, None)
    assert error["message"].endswith(".")
    assert_request_id(answer, answer.headers["X-Request-ID"])


def assert_page(answer: httpx.Response, status: int, title: str, language: str = "en") -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html"
    page = LexborHTMLParser(answer.text)
    assert page.css_matches(f"html[lang={language}]")
    assert text_of(page, "title") == f"{title} · Parley"
    assert text_of(page, "h1") == title
    assert text_of(page, "p").endswith(".")
    assert "<!--" not in answer.text
    assert_request_id(answer, text_of(page, "small"))


def text_of(page: LexborHTMLParser, selector: str) -> str:
    element = page.css_first(selector)
    assert element
    return element.text()


def assert_request_id(answer: httpx.Response, request_id: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    assert answer.headers.get_list("X-Request-ID") == [request_id]


def test_chat_ui_is_unavailable(before_nothing: Door) -> None:
    for answer in (before_nothing.get("/v1/conversations?q=a"), before_nothing.http.post("/v1/chat", json={})):
        assert_problem(answer, 502, "bad-gateway")
        assert answer.headers["Retry-After"] == "3"
    for path in ("/v1/models", "/v1/chat/completions", "/v1/responses"):
        assert_openai_error(before_nothing.get(path), 502, "server_error", "bad_gateway")


def test_a_page_reloads_and_the_sender_of_a_form_learns_that_it_was_not_sent(before_nothing: Door) -> None:
    page = before_nothing.get("/")
    assert_page(page, 502, "Back in a moment")
    assert LexborHTMLParser(page.text).css_matches('meta[http-equiv="refresh"]')
    form = before_nothing.http.post("/chats", data={"name": "Ada"})
    assert_page(form, 502, "Not sent yet")
    assert not LexborHTMLParser(form.text).css_matches('meta[http-equiv="refresh"]')
    assert LexborHTMLParser(form.text).css_matches('a[href="/"]')


def test_chat_ui_does_not_answer_in_time(before_silence: Door) -> None:
    answer = before_silence.get("/v1/conversations")
    assert_problem(answer, 504, "gateway-timeout")
    assert answer.headers["Retry-After"] == "3"
    assert_openai_error(before_silence.get("/v1/models"), 504, "server_error", "gateway_timeout")
    assert_page(before_silence.get("/chats"), 504, "Back in a moment")


def test_a_body_is_too_large(before_nothing: Door) -> None:
    post = before_nothing.http.post
    assert_problem(post("/v1/chat", **LONG), 413, "content-too-large")
    assert_problem(post("/v1/chat/stream", **LONG), 413, "content-too-large")
    assert_openai_error(post("/v1/chat/completions", **LONG), 413, "invalid_request_error", "content_too_large")
    assert_page(post("/chats", **LONG), 413, "Too long to send")


def test_one_address_sends_too_many_requests(before_crowds: Door) -> None:
    def refused(path: str, **headers: str) -> httpx.Response:
        answers = (before_crowds.get(path, **headers) for _ in range(1000))
        return next(answer for answer in answers if answer.status_code == 429)

    answer = refused("/v1/conversations")
    assert_problem(answer, 429, "too-many-requests")
    assert answer.headers["Retry-After"] == "3"
    assert_openai_error(refused("/v1/models"), 429, "rate_limit_error", "too_many_requests")
    assert_page(refused("/"), 429, "Too many requests")
    assert_page(refused("/", **GERMAN), 429, "Zu viele Anfragen", "de")


def test_an_address_and_headers_that_are_too_long(before_nothing: Door) -> None:
    assert_problem(before_nothing.get(f"/v1/conversations?q={'a' * 9_000}"), 414, "uri-too-long")
    assert_openai_error(
        before_nothing.get("/v1/models", Cookie="a" * 9_000), 431, "invalid_request_error", "headers_too_large"
    )
    assert_page(before_nothing.get(f"/search?q={'a' * 9_000}"), 414, "Too long to send")


def test_only_the_style_sheet_and_the_icon_of_the_pages_have_addresses(before_nothing: Door) -> None:
    for path in ("/metrics", "/_errors/en/404.html", "/_errors/", "/_errors/nothing"):
        assert_page(before_nothing.get(path), 404, "Page not found")
    assert before_nothing.get("/_errors/page.css").headers["Content-Type"] == "text/css"
    assert before_nothing.get("/_errors/icon.svg").headers["Content-Type"] == "image/svg+xml"


def test_a_malformed_request(before_nothing: Door) -> None:
    with socket.create_connection((LOOPBACK, before_nothing.port)) as connection:
        connection.sendall(b"GET /v1/conversations HTTP/1.1\r\n\r\n")  # without a Host
        with connection.makefile("rb") as answer:
            assert b" 400 " in answer.readline()
            assert b'"type":"/problems/bad-request"' in answer.read()


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        (GERMAN, "de"),
        ({"Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"}, "de"),
        ({"Accept-Language": "en-DE, en;q=0.9, de;q=0.8"}, "en"),
        (GERMAN | {"Cookie": "language=en"}, "en"),
        ({"Accept-Language": "en", "Cookie": "theme=dark; language=de"}, "de"),
        (GERMAN | {"Cookie": "language=xx"}, "de"),
    ],
)
def test_pages_are_in_the_readers_language(before_nothing: Door, headers: dict[str, str], language: str) -> None:
    title = {"en": "Back in a moment", "de": "Gleich wieder da"}[language]
    assert_page(before_nothing.get("/", **headers), 502, title, language)
