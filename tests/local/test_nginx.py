"""nginx's own error pages match the caller (JSON under `/v1`, HTML elsewhere) and name the request's id."""

import re
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_local.child import Service
from parley_local.errors import CannotStart
from parley_local.health import answers
from parley_local.nginx import find_nginx
from parley_local.ports import LOOPBACK, free_port
from selectolax.lexbor import LexborHTMLParser

from tests.support.drivers.chat_ui import HTMX, FakeWorld, Visitor, fake_services, fake_world
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

    def again(self) -> httpx.Client:
        """Another client's connection."""
        return httpx.Client(base_url=self.http.base_url, timeout=30, trust_env=False, follow_redirects=True)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)


@contextmanager
def running_nginx(
    folder: Path,
    upstream_port: int,
    changes: Mapping[str, str] = UNCHANGED,
    environment: Mapping[str, str] = UNCHANGED,
) -> Iterator[Door]:
    """The site, with these parts replaced, in front of that port."""
    nginx, port = find_nginx() or not_here("nginx"), free_port()
    service = nginx.service(folder / "nginx", LOOPBACK, port, upstream_port=upstream_port, environment=environment)
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
        client = httpx.Client(base_url=url, timeout=30, trust_env=False, follow_redirects=True)
        yield Door(ending.enter_context(client), port)


@pytest.fixture(scope="module")
def before_nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Nothing listens where chat-ui should."""
    with running_nginx(tmp_path_factory.mktemp("nothing at all, für niemanden"), free_port()) as door:
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


@pytest.fixture(scope="module")
def open_world() -> Iterator[FakeWorld]:
    with fake_world(max_message_chars=60_000, cors_origins="https://app.example") as world:
        yield world


SETTINGS = {"MAX_MESSAGE_CHARS": "60000", "CORS_ORIGINS": "https://app.example, https://b.example/"}


def port_of(world: FakeWorld) -> int:
    return int(world.url.rpartition(":")[2])


@pytest.fixture(scope="module")
def door(open_world: FakeWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Before a chat-ui that works."""
    with running_nginx(tmp_path_factory.mktemp("works"), port_of(open_world), environment=SETTINGS) as door:
        yield door


def test_a_name_that_is_not_ours_is_refused(door: Door, before_nothing: Door) -> None:
    for host in ("evil.example", "192.168.1.5", "127.0.0.1.evil.example", "parley", "localhost.evil.example:80"):
        assert_problem(door.get("/v1/conversations", Host=host), 421, "misdirected-request")
        assert_page(door.get("/a.localhost b", Host=host), 421, "Unknown address")
        assert_page(before_nothing.get("/static/x/css/base.css", Host=host), 421, "Unknown address")
    for host in ("localhost", "LOCALHOST:81", "127.0.0.2", "[::1]:80", "a.localhost"):
        assert door.get("/", Host=host).status_code == 200, host
        assert door.get("/chats/a:b c", Host=host).status_code == 404, host
    for path in ("/health/nginx", "/health/ready"):
        assert door.get(path, Host="nginx:8080").status_code == 200


@pytest.mark.parametrize(
    ("environment", "accepted", "refused"),
    [
        ({"PARLEY_URL": "https://Home.Example:8443/p/"}, ["home.example", "localhost"], ["10.0.0.5", "x.home.example"]),
        ({"PARLEY_HOSTS": "a.example, *.b.example:80,[::2]"}, ["a.example", "x.b.example", "[::2]:1"], ["b.example"]),
        ({"PARLEY_HOSTS": "a.example"}, [], ["axexample", "x.a.example", "a.example.x"]),
        ({"PARLEY_BIND": "0.0.0.0"}, ["192.168.1.5", "[fe80::1]", "nas", "nas.local"], ["evil.example"]),
        ({"PARLEY_BIND": "0.0.0.0", "PARLEY_HOSTS": "a.example"}, ["a.example", "localhost"], ["192.168.1.5", "nas"]),
        ({"PARLEY_HOSTS": "*"}, ["evil.example"], []),
    ],
)  # fmt: skip
def test_the_names_are_those_of_the_settings(
    tmp_path: Path, environment: dict[str, str], accepted: list[str], refused: list[str]
) -> None:
    with running_nginx(tmp_path, free_port(), environment=environment) as door:
        assert {host: door.get("/", Host=host).status_code for host in accepted} == dict.fromkeys(accepted, 502)
        assert {host: door.get("/", Host=host).status_code for host in refused} == dict.fromkeys(refused, 421)


@pytest.mark.parametrize(
    "environment",
    [{"PARLEY_URL": 'http://a";'}, {"PARLEY_HOSTS": "a;b"}, {"MAX_MESSAGE_CHARS": "many"}, {"CORS_ORIGINS": "$x"}],
)
def test_a_setting_that_nginx_cannot_use_is_named(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(CannotStart, match=next(iter(environment))), running_nginx(tmp_path, 1, environment=environment):
        pass


def test_the_largest_body_follows_the_longest_message(door: Door, open_world: FakeWorld) -> None:
    visitor = Visitor(door.http)
    chat = visitor.open_chat()
    assert visitor.send(chat, "好" * 60_000).status_code == 200
    assert any(message["content"] == "好" * 60_000 for message in open_world.db.messages.values())
    too_long: dict[str, Any] = {"content": b"x" * 900_000, "headers": {"Content-Type": "application/json"}}
    assert "at most 768 kB" in door.http.post("/v1/chat", **too_long).json()["detail"]
    assert "768 kB" in door.http.post("/chats", **too_long).text


def test_scripts_of_other_sites_may_read_errors(before_nothing: Door, tmp_path: Path) -> None:
    with running_nginx(tmp_path, free_port(), environment=SETTINGS) as door:
        for site in ("https://app.example", "https://b.example"):
            for path in ("/v1/conversations", "/v1/models"):
                answer = door.get(path, Origin=site)
                assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (502, site)
                assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        for origin, path in (("https://appxexample", "/v1/models"), ("https://app.example", "/"), ("", "/v1/models")):
            assert "Access-Control-Allow-Origin" not in door.get(path, Origin=origin).headers
    assert "Access-Control-Allow-Origin" not in before_nothing.get("/v1/models", Origin="https://app.example").headers


def test_a_bug_costs_only_the_request_that_meets_it(tmp_path: Path) -> None:
    """A server that closes its connection after a 500 spoils the requests that nginx then sends over it."""
    with fake_services() as services, services.world() as world:
        chats: dict[str, Any] = world.db.chats
        unlimited = {"PARLEY_RATE": "10000"}
        with running_nginx(tmp_path, port_of(world), environment=unlimited) as door, door.again() as other:
            victim, cause = Visitor(other), Visitor(door.http)
            broken = cause.open_chat("broken")
            chats[broken.rpartition("/")[2]]["created_at"] = "no time at all"
            mine = victim.open_chat("works")

            def both() -> tuple[int, int]:
                pinned = victim.http.post(f"{mine}/pin", data={"pinned": "true"})
                return door.get(broken).status_code, pinned.status_code

            assert {both() for _ in range(100)} == {(500, 200)}


def test_unreadable_headers_are_no_error_of_ours_through_nginx_either(door: Door) -> None:
    for name in (
        "Host",
        "Origin",
        "Cookie",
        "Range",
        "Accept-Language",
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "Forwarded",
    ):
        for value in (
            "http://[",
            "[",
            "\xff",
            "a:99999999",
            ";;==,,",
            "zone=../..; language=;",
            "bytes=9-1,x",
            "x" * 300,
        ):
            for path in ("/", "/v1/models", "/static/x/icon.svg"):
                with socket.create_connection((LOOPBACK, door.port), timeout=10) as connection:
                    host = "" if name == "Host" else "Host: localhost\r\n"
                    head = f"GET {path} HTTP/1.1\r\n{host}{name}: {value}\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode("latin-1"))
                    with connection.makefile("rb") as answer:
                        assert int(answer.readline().split()[1]) < 500, (name, value, path)


@pytest.mark.parametrize("strips", [False, True])
def test_below_a_prefix_whether_the_proxy_in_front_removes_it_or_not(tmp_path: Path, strips: bool) -> None:
    """Three servers: a proxy as people have it, our nginx, and chat-ui."""
    prefix = {"PARLEY_URL": "https://home.example/parley/"}
    with (
        fake_world(parley_url=prefix["PARLEY_URL"]) as world,
        running_nginx(tmp_path, port_of(world), environment=prefix) as door,
        proxy_below_a_path(tmp_path / "outer", door.port, strips=strips) as url,
        httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=30) as http,
    ):
        home = http.get("/parley/")
        assert home.status_code == 200
        sheet = LexborHTMLParser(home.text).css_first("link[rel=stylesheet]").attributes["href"] or ""  # type: ignore[union-attr]
        assert http.get(sheet).headers["Content-Type"].startswith("text/css")
        opened = http.post("/parley/chats", data={"name": "Ada"})
        assert opened.status_code == 200
        assert opened.url.path.startswith("/parley/chats/")
        sent = http.post(
            f"{opened.url.path}/messages", data={"content": "Hi", "client_token": str(uuid.uuid4())}, headers=HTMX
        )
        events = LexborHTMLParser(sent.text).css_first("article.reply").attributes["hx-sse:connect"] or ""  # type: ignore[union-attr]
        assert http.get(events).text.rstrip().endswith("event: end\ndata:")
        assert http.get("/parley/chats/").status_code == 200
        assert http.head("/parley/health/ready").status_code == 200
        refused = http.get("/parley/chats", headers={"Host": "evil.example"})
        assert refused.status_code == 421
        assert 'href="/parley/_errors/page.css"' in refused.text
        assert http.get("/parley/_errors/page.css").status_code == 200


@contextmanager
def proxy_below_a_path(folder: Path, port: int, *, strips: bool) -> Iterator[str]:
    """An nginx that hands `/parley/` on, as its documentation shows."""
    folder.mkdir()
    outer_port, nginx = free_port(), find_nginx() or not_here("nginx")
    temporary = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log /dev/stderr; events {{}}\n"
        f"http {{ access_log off; {temporary} server {{ listen {LOOPBACK}:{outer_port};\n"
        "location /parley/ { proxy_set_header Host $http_host; proxy_buffering off;"
        f" proxy_pass http://{LOOPBACK}:{port}{'/' if strips else ''}; }} }} }}\n"
    )
    command = (nginx.program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "/dev/stderr")
    part, url = Part(Service("outer", command), folder / "log"), f"http://{LOOPBACK}:{outer_port}"
    with ExitStack() as ending:
        ending.callback(part.close)
        part.start(wait=False)
        wait_until(lambda: answers(f"{url}/parley/health/nginx"), 20, what=lambda: part.log)
        yield url


def test_the_host_and_scheme_of_a_trusted_proxy_count(door: Door, tmp_path: Path, open_world: FakeWorld) -> None:
    form = {
        "Origin": "https://public.example",
        "X-Forwarded-Host": "public.example",
        "X-Forwarded-Proto": "https, http",
    }

    def send(door: Door) -> httpx.Response:
        return door.http.post("/chats", data={"name": "Ada"}, headers=form, follow_redirects=False)

    trusted = send(door)
    assert trusted.status_code == 303
    assert trusted.headers["Set-Cookie"].startswith("__Host-parley-")
    elsewhere = {"PARLEY_TRUSTED_PROXY": "10.0.0.0/8"}
    with running_nginx(tmp_path, port_of(open_world), environment=elsewhere) as other:
        assert send(other).status_code == 403
