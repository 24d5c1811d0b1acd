"""Names, origins, cookies and paths: one instance, behind whatever proxy."""

import http.client
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from chat_ui.web.rendering.templating import ADDRESS, HERE
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drivers.chat_ui import COOKIE, FakeServices, FakeWorld, Visitor, visiting
from tests.support.drivers.html import parse_html
from tests.support.fakes.fake_db_api import FakeDatabase

PARSED = (
    "Host", "Origin", "Referer", "Sec-Fetch-Site", "Accept", "Accept-Language", "Cookie", "If-Match", "If-None-Match",
    "If-Modified-Since", "Last-Event-ID", "Range", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
    "X-Forwarded-Proto", "X-Request-ID", "Authorization", "Content-Type", "Idempotency-Key", "HX-Request",
    "Access-Control-Request-Method", "Access-Control-Request-Headers",
)  # fmt: skip
"""Headers that some code reads."""
PIECES = st.sampled_from(
    [
        *("http://", "[", "]", "[::1]", "::", "%", "%zz", "@", ":", ":99999", ":-1", "/", "\\", "..", "localhost", "."),
        *(",", ";", "=", ";q=", ";q=nan", "de", "*", '"', "W/", "bytes=", "-", "0", "9" * 30, 'for="[', "null"),
        *("zone=", "parley=", "language=", f"{COOKIE}=", "ü", "\x7f", "\xff", "\t", "eyJhbGciOiJub25lIn0."),
        *("Bearer ", "Basic ", "multipart/form-data", "boundary=", "charset=", "application/json"),
    ]
)
GARBAGE = st.lists(PIECES | st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])), max_size=8).map(
    "".join
)
PATHS = ("/", "/chats", "/settings", "/v1/conversations", "/v1/chat", "/v1/chat/completions", "/static/x/css/base.css",
         "/health/ready", "/nothing-here", "/service-worker.js")  # fmt: skip


@pytest.fixture(scope="module")
def open_world(services: FakeServices) -> Iterator[FakeWorld]:
    with services.world(cors_origins="https://app.example") as world:
        yield world


def request(world: FakeWorld, method: str, path: str, headers: dict[str, str]) -> int:
    """Send these headers as they are, which no HTTP library does."""
    connection = http.client.HTTPConnection(urlsplit(world.url).netloc, timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value.encode("latin-1"))
    if method == "POST":
        connection.putheader("Content-Length", "7")
    connection.endheaders(b"name=Al" if method == "POST" else None)
    status = connection.getresponse().status
    connection.close()
    return status


@given(
    headers=st.dictionaries(st.sampled_from(PARSED), GARBAGE, min_size=1, max_size=4),
    method=st.sampled_from(["GET", "POST", "OPTIONS", "HEAD"]),
    path=st.sampled_from(PATHS),
)
@settings(max_examples=400)
def test_unreadable_headers_are_never_an_error_of_ours(
    open_world: FakeWorld, headers: dict[str, str], method: str, path: str
) -> None:
    assert request(open_world, method, path, headers) < 500


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "http://a:b", "http://a:99999", "null", "", "http://", "x"]
)
def test_an_unreadable_origin_is_foreign(visitor: Visitor, origin: str) -> None:
    assert visitor.http.post("/chats", data={"name": "A"}, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://home.example", "Host": "localhost"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost", "Host": "localhost"}, False),
        ({"Sec-Fetch-Site": "nonsense"}, False),
        ({"Origin": "HTTP://LocalHost:80", "Host": "localhost"}, True),
        ({"Origin": "https://localhost", "Host": "LOCALHOST:443"}, True),
        ({"Origin": "http://localhost", "Host": "localhost:8080"}, False),
        ({"Origin": "http://localhost:8080", "Host": "localhost"}, False),
        ({"Origin": "http://[::1]:8080", "Host": "[0::1]:8080"}, True),
        ({"Origin": "https://public.example", "Host": "localhost", "X-Forwarded-Host": "public.example"}, True),
        ({"Origin": "https://public.example", "Host": "localhost", "X-Forwarded-Host": "other.example, x"}, False),
        ({"Origin": "https://home.example:8443", "Host": "127.0.0.1:9"}, True),
        ({"Origin": "https://home.example", "Host": "127.0.0.1:9"}, False),
        ({"Origin": "https://evil.example", "Host": "localhost"}, False),
    ],
)
def test_only_forms_of_this_origin_are_accepted(
    services: FakeServices, headers: dict[str, str], accepted: bool
) -> None:
    with services.world(parley_url="https://home.example:8443") as world:
        answer = world.visitor().http.post("/chats", data={"name": "A"}, headers=headers, follow_redirects=False)
    assert answer.status_code == (303 if accepted else 403)


def test_an_untrusted_proxy_names_neither_host_nor_scheme(services: FakeServices) -> None:
    with services.world(forwarded_allow_ips="10.0.0.0/8") as world:
        http = world.visitor().http
        forged = {"Origin": "https://public.example", "X-Forwarded-Host": "public.example"}
        assert http.post("/chats", headers=forged).status_code == 403
        plain = http.post("/chats", headers={"X-Forwarded-Proto": "https"}, follow_redirects=False)
        assert "secure" not in plain.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("configured", "accepted", "refused"),
    [
        ({}, ["localhost", "LOCALHOST:99", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:80"],
         ["evil.example", "parley", "192.168.1.5", "localhost.evil.example", "127.0.0.1.evil.example", "[", "", "a b",
          "localhost@evil.example", "[::2]"]),
        ({"parley_url": "https://Home.example/parley/"}, ["home.example", "home.example:444", "localhost"],
         ["x.home.example", "192.168.1.5"]),
        ({"parley_hosts": "a.example, *.b.example:80 [::2]"}, ["a.example:1", "x.y.b.example", "[::2]", "localhost"],
         ["b.example", "c.example", "xb.example"]),
        ({"parley_bind": "0.0.0.0"}, ["192.168.1.5:80", "[fe80::1]", "parley", "nas.local", "nas.home.arpa"],
         ["evil.example", "evil.com."]),
        ({"parley_bind": "0.0.0.0", "parley_hosts": "a.example"}, ["a.example"], ["192.168.1.5", "parley"]),
        ({"parley_hosts": "*"}, ["evil.example", "192.168.1.5"], ["["]),
    ],
)  # fmt: skip
def test_other_names_are_refused(
    services: FakeServices, configured: dict[str, str], accepted: list[str], refused: list[str]
) -> None:
    with services.world(**configured) as world:
        answers = {name: request(world, "GET", "/", {"Host": name}) for name in accepted}
        assert answers == dict.fromkeys(accepted, 200)
        for path in ("/", "/v1/models", "/static/x/css/base.css"):
            answers = {name: request(world, "GET", path, {"Host": name}) for name in refused}
            assert answers == dict.fromkeys(refused, 421), path


def test_health_checks_may_use_any_readable_name(world: FakeWorld) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        assert request(world, "GET", path, {"Host": "chat-ui:8000"}) == 200
        assert request(world, "GET", path, {"Host": "["}) == 421


def test_two_instances_on_one_host_keep_their_cookies(services: FakeServices) -> None:
    """Browsers send cookies to every port of a host."""
    with services.world() as world, visiting(world.url) as browser:
        first = browser.open_chat("Ada")
        chats, sessions = dict(world.db.chats), dict(world.db.sessions)
        with services.world(session_secret="t" * 32) as other:
            other.db.instance = "00000000-0000-4000-8000-000000000001"
            elsewhere = Visitor(httpx.Client(base_url=other.url, cookies=browser.http.cookies, follow_redirects=True))
            elsewhere.open_chat("Bob")
            assert set(elsewhere.http.cookies) == {COOKIE, "parley-000000000000"}
            assert elsewhere.http.cookies[COOKIE] == browser.http.cookies[COOKIE]
            elsewhere.http.close()
        world.db.chats, world.db.sessions, world.db.instance = chats, sessions, FakeDatabase().instance
        browser.http.cookies.set("parley-000000000000", "another")
        assert browser.http.get(first).status_code == 200
        assert browser.http.cookies["parley-000000000000"] == "another"


def test_an_older_cookie_is_renamed_and_another_instances_is_left_alone(visitor: Visitor) -> None:
    chat = visitor.open_chat("Ada")
    value = visitor.http.cookies[COOKIE]
    visitor.http.cookies.clear()
    visitor.http.cookies.set("parley", value, domain="127.0.0.1")
    assert visitor.http.get(chat).status_code == 200
    assert set(visitor.http.cookies) == {COOKIE}
    assert visitor.http.get(chat).status_code == 200
    visitor.http.cookies.clear()
    visitor.http.cookies.set("parley", "signed.by.another", domain="127.0.0.1")
    visitor.open_chat("Ada")
    assert visitor.http.cookies["parley"] == "signed.by.another"


def test_a_draft_is_kept_though_the_instance_is_not_known_yet(services: FakeServices) -> None:
    with services.world() as world:
        visitor = world.visitor()
        chat = visitor.open_chat()
        database = dict(vars(world.db))
        with services.world() as restarted:
            vars(restarted.db).update(database)
            again = restarted.visitor()
            again.http.cookies = visitor.http.cookies
            restarted.db.away = True
            answer = again.send(chat, "Precious words", htmx=False)
            assert (answer.status_code, "Precious words</textarea>" in answer.text) == (503, True)
            restarted.db.away = False
            assert again.http.get(chat).status_code == 200


@pytest.mark.parametrize(
    ("settings", "start"), [({}, f"__Host-{COOKIE}"), ({"parley_url": "https://h.example/p"}, f"__Secure-{COOKIE}")]
)
def test_over_tls_the_cookie_has_a_prefix_and_the_browser_stays_with_tls(
    services: FakeServices, settings: dict[str, str], start: str
) -> None:
    with services.world(**settings) as world:
        tls = {"X-Forwarded-Proto": "https"}
        answer = world.visitor().http.post("/chats", headers=tls, follow_redirects=False)
        assert answer.headers["Set-Cookie"].startswith(f"{start}=")
        assert "; secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Strict-Transport-Security" not in world.visitor().http.get("/").headers


ATTRIBUTES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "hx-sse:connect")


@pytest.mark.parametrize("strips", [False, True])
def test_every_address_is_below_the_prefix(services: FakeServices, strips: bool) -> None:
    with services.world(parley_url="https://home.example/parley/") as world:
        visitor = world.visitor()

        def get(path: str, method: str = "GET", **options: object) -> httpx.Response:
            below = path.removeprefix("/parley") if strips else path
            return visitor.http.request(method, below or "/", follow_redirects=False, **options)  # type: ignore[arg-type]

        opened = get("/parley/chats", "POST", data={"name": "Ada"})
        chat = opened.headers["Location"]
        assert chat.startswith("/parley/chats/")
        assert "path=/parley/;" in opened.headers["Set-Cookie"]
        visitor.http.cookies.set(COOKIE, visitor.http.cookies[COOKIE], path="/")
        world.model.pace = 0.2
        sent = get(
            f"{chat}/messages", "POST", data={"content": "Hi", "client_token": "6f7d6c1e-7c1a-4b59-9d2b-0f4a3a7b5c1d"}
        )
        assert sent.headers["Location"].startswith(chat)
        pages = ["", "chats", "keys", "presets", "presets/new", "settings", "search?q=Hi", "offline", "docs", "nothing"]
        seen = set()
        for path in (chat, f"{chat}/settings", *(f"/parley/{page}" for page in pages)):
            text = get(path).text
            for attribute in ATTRIBUTES:
                seen |= set(re.findall(rf'\s{attribute}="([^"]*)"', text))
        addresses = {address for address in seen if address and not address.startswith("#")}
        assert {address for address in addresses if not address.startswith("/parley/")} == set()
        files = [a for a in addresses if a.startswith("/parley/static/")]
        events = next(a for a in addresses if a.endswith("/events"))
        assert len(files) > 10
        assert {get(file).status_code for file in files} == {200}
        assert get(events).text.rstrip().endswith("event: end\ndata:")
        assert '"/parley/offline"' in get("/parley/service-worker.js").text
        manifest = get("/parley/manifest.json").json()
        assert {manifest[name] for name in ("id", "start_url", "scope")} == {"/parley/"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_slash_at_the_end_changes_nothing(visitor: Visitor, method: str) -> None:
    chat = visitor.open_chat()
    for path in ("/chats", chat, "/health", "/health/ready", "/settings", "/v1/conversations", "/docs", "/search"):
        assert visitor.http.request(method, f"{path}/").status_code == 200, path
    assert visitor.http.post(f"{chat}/pin/", data={"pinned": "true"}).status_code == 200


@pytest.mark.parametrize("characters", ["好", "😀"])
def test_the_longest_message_fits_in_any_script(services: FakeServices, characters: str) -> None:
    with services.world(max_message_chars=60_000) as world:
        visitor = world.visitor()
        chat = visitor.open_chat()
        assert visitor.send(chat, characters * 60_000).status_code == 200
        assert any(message["content"] == characters * 60_000 for message in world.db.messages.values())
        assert visitor.send(chat, "x" * 1_000_000).status_code == 413


def test_seven_tabs_with_running_replies_leave_connections_free(world: FakeWorld, visitor: Visitor) -> None:
    world.model.slots, world.model.pace = 1, 3600
    sent = [visitor.ask(visitor.open_chat(f"chat {number}"), "Hello") for number in range(7)]
    streams = [
        httpx.stream("GET", f"{world.url}{one.address}/events", cookies=visitor.http.cookies, timeout=20)
        for one in sent
    ]
    answers = [stream.__enter__() for stream in streams]
    for answer in answers[:4]:  # ended by the newest three
        assert list(answer.iter_lines())[-4:] == ["event: later", "data: ", "retry: 3000", ""]
    begin = time.monotonic()
    visitor.http.post(f"{sent[6].address}/stop")
    assert time.monotonic() - begin < 2
    for stream in streams:
        stream.__exit__(None, None, None)


def test_a_newcomer_at_127_0_0_1_learns_that_chats_may_be_at_localhost(visitor: Visitor, world: FakeWorld) -> None:
    """Both are this machine, but browsers keep their cookies apart."""

    def links(**headers: str) -> list[str | None]:
        page = parse_html(visitor.http.get("/", headers=headers).text)
        return [link.attributes["href"] for link in page.css(".remark a")]

    assert links() == [world.url.replace("127.0.0.1", "localhost") + "/"]
    assert links(Host="[::1]") == ["http://localhost/"]
    assert links(Host="localhost:8080") == []
    visitor.open_chat()
    assert links() == []


def test_language_and_theme_are_an_instances_own(visitor: Visitor) -> None:
    """Another instance's cookies are no choice for this one, and stay."""
    visitor.http.cookies.update({"language-000000000000": "de", "theme-000000000000": "dark"})
    assert 'lang="en"' in visitor.http.get("/").text
    visitor.http.post("/settings", data={"language": "de", "theme": "light"})
    assert 'lang="de" data-theme="light"' in visitor.http.get("/").text
    visitor.http.post("/settings", data={"language": "", "theme": ""})
    assert 'lang="en" data-theme="automatic"' in visitor.http.get("/").text
    assert visitor.http.cookies["language-000000000000"] == "de"


def test_no_template_keeps_an_address_in_a_variable_without_the_prefix() -> None:
    for file in sorted((HERE / "templates").rglob("*.html")):
        addresses = re.findall(r'set \w+ (?:= |%\})"?/\w.*', ADDRESS.sub(r"\1", file.read_text(encoding="utf-8")))
        assert addresses == [], file.name
