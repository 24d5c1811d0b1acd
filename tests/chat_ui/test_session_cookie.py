"""The browser's cookie: renewed as its person comes, and never lost."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from tests.support.drivers.chat_ui import COOKIE, FakeServices, FakeWorld, Visitor

SECRET = "s" * 32
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


class SignerOf(TimestampSigner):
    """Signs at another time."""

    def __init__(self, secret: str, shift: float) -> None:
        super().__init__(secret)
        self._shift = shift

    def get_timestamp(self) -> int:
        return int(time.time() + self._shift)


def content_of(visitor: Visitor) -> bytes:
    value = visitor.http.cookies[COOKIE]
    return value.rpartition(".")[0].rpartition(".")[0].encode()


def sign_again(visitor: Visitor, *, shift: float = 0, secret: str = SECRET) -> str:
    """Replace the cookie by one with the same content that was signed at another time."""
    value = SignerOf(secret, shift).sign(content_of(visitor)).decode()
    visitor.http.cookies.clear()
    visitor.http.cookies.set(COOKIE, value)
    return value


def user_of(world: FakeWorld, chat: str) -> str:
    user: str = world.db.chats[chat.rpartition("/")[2]]["user_id"]
    return user


@pytest.mark.parametrize("shift", [2, 5 * MINUTE, 12 * HOUR, 400 * DAY, -10 * MINUTE, -400 * DAY])
def test_a_cookie_counts_whatever_the_clock_said_when_it_was_signed(
    world: FakeWorld, visitor: Visitor, shift: float
) -> None:
    chat = visitor.open_chat("Anna")
    sign_again(visitor, shift=shift)
    assert visitor.http.get(chat).status_code == 200
    assert user_of(world, visitor.open_chat("Bert")) == user_of(world, chat)
    assert len(world.db.sessions) == 1


@pytest.mark.parametrize(
    ("shift", "is_renewed"), [(0, False), (-23 * HOUR, False), (-25 * HOUR, True), (-364 * DAY, True)]
)
def test_a_cookie_is_renewed_at_most_once_a_day(visitor: Visitor, shift: float, is_renewed: bool) -> None:
    chat = visitor.open_chat()
    sign_again(visitor, shift=shift)
    set_cookie = visitor.http.get(chat).headers.get("set-cookie", "")
    assert ("Max-Age=31536000" in set_cookie) == is_renewed
    assert "set-cookie" not in visitor.http.get(chat).headers


def test_answers_that_may_be_cached_renew_no_cookie(visitor: Visitor) -> None:
    visitor.open_chat()
    old = sign_again(visitor, shift=-100 * DAY)
    for path in ("/static/x/css/base.css", "/health/live", "/v1/conversations"):
        assert "set-cookie" not in visitor.http.get(path).headers, path
    assert visitor.http.cookies[COOKIE] == old


def test_an_unknown_session_keeps_its_cookie_on_every_page(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    known = dict(world.db.sessions)
    world.db.sessions.clear()
    for path in (
        "/",
        chat,
        "/search?q=x",
        "/keys",
        "/presets",
        "/presets/new",
        "/settings",
        "/offline",
        f"{chat}/export",
    ):
        response = visitor.http.get(path)
        assert response.status_code in (200, 404), path
        assert "set-cookie" not in response.headers, path
    assert visitor.page("/").css(".chat-list a") == []
    visitor.http.post(f"{chat}/messages", data={"content": "Hi", "client_token": "x"})
    world.db.sessions.update(known)
    assert visitor.page(chat).css_first("h1").text() == "Anna"


def test_a_database_that_is_away_costs_no_cookie(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    world.db.away = True
    for method, path in (("GET", "/"), ("GET", chat), ("POST", "/chats")):
        response = visitor.http.request(method, path)
        assert response.status_code == 503
        assert "set-cookie" not in response.headers
    world.db.away = False
    assert visitor.http.get(chat).status_code == 200


def test_work_begins_anew_in_an_empty_database_and_returns_with_the_old_one(world: FakeWorld, visitor: Visitor) -> None:
    anna = visitor.open_chat("Anna")
    old = dict(world.db.sessions)
    world.db.sessions.clear()
    bert = visitor.open_chat("Bert")  # at the first try
    assert visitor.http.get(bert).status_code == 200
    assert user_of(world, bert) != user_of(world, anna)

    world.db.sessions.clear()
    world.db.sessions.update(old)
    assert visitor.page(anna).css_first("h1").text() == "Anna"
    assert [link.text() for link in visitor.page("/").css(".chat-list a")] == ["Anna"]
    assert user_of(world, visitor.open_chat("Carl")) == user_of(world, anna)
    assert len(world.db.sessions) == 1


def test_a_cookie_keeps_few_earlier_sessions(world: FakeWorld, visitor: Visitor) -> None:
    for _ in range(20):
        visitor.open_chat()
        world.db.sessions.clear()
    assert len(visitor.http.cookies[COOKIE]) < 1_000


def test_a_page_without_a_session_asks_the_database_nothing_twice(world: FakeWorld) -> None:
    visitor = world.visitor()
    assert visitor.http.get("/", follow_redirects=False).status_code == 200
    assert visitor.http.get("/chats/00000000-0000-4000-8000-000000000000", follow_redirects=False).status_code == 404


def test_sessions_live_on_while_the_secret_is_rotated(services: FakeServices) -> None:
    new = "n" * 32
    with services.world() as world:
        visitor = world.visitor()
        chat = visitor.open_chat("Anna")
        old_cookie, database = visitor.http.cookies[COOKIE], dict(vars(world.db))

    def visit(cookie: str, **secrets: str) -> httpx.Response:
        with services.world(**secrets) as world:
            vars(world.db).update(database)
            again = world.visitor()
            again.http.cookies.set(COOKIE, cookie)
            return again.http.get(chat)

    assert visit(old_cookie, session_secret=new).status_code == 404
    rotated = visit(old_cookie, session_secret=new, session_secret_previous=SECRET)
    assert rotated.status_code == 200
    new_cookie = rotated.cookies[COOKIE]
    assert visit(new_cookie, session_secret=new).status_code == 200
    assert visit(new_cookie, session_secret="another" * 8, session_secret_previous=new).status_code == 200
    assert visit(new_cookie, session_secret="another" * 8, session_secret_previous=SECRET).status_code == 404


def test_a_forged_cookie_is_nobodys(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    sign_again(visitor, secret="forged" * 6)
    assert visitor.http.get(chat).status_code == 404
    assert visitor.page("/").css(".chat-list a") == []


@pytest.fixture(scope="module")
def reader(services: FakeServices) -> Iterator[Visitor]:
    with services.world() as world:
        yield world.visitor()


@settings(max_examples=60)
@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=200))
def test_no_cookie_breaks_a_page(reader: Visitor, value: str) -> None:
    header = {b"Cookie": b"parley=" + value.encode("latin-1")}
    assert reader.http.get("/settings", headers=header).status_code < 500


names = st.sampled_from(["session", "user", "earlier"])
contents = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: st.dictionaries(names, inner | st.lists(inner, max_size=3)),
)


@settings(max_examples=40)
@given(contents)
def test_no_content_that_was_once_signed_breaks_a_page(reader: Visitor, content: object) -> None:
    value = TimestampSigner(SECRET).sign(b64encode(json.dumps(content).encode())).decode()
    assert reader.http.get("/settings", headers={"Cookie": f"parley={value}"}).status_code < 500
