"""Every bad input gets a clear sentence, and a draft is never lost."""

import uuid

import pytest

from tests.support.drivers.chat_ui import COOKIE, HTMX, FakeServices, FakeWorld, Visitor

UNKNOWN_CHAT = (
    "/chats/01a1fa85-0000-7000-8000-000000000000"  # constant: workers of a parallel run compare the names of tests
)


@pytest.mark.parametrize(
    "path",
    [
        UNKNOWN_CHAT,
        "/chats/no-uuid",
        "/nothing-here",
        f"{UNKNOWN_CHAT}/replies/01a1fa85-0000-7000-8000-000000000001/events",
    ],
)
def test_an_unknown_address_is_a_404_page(visitor: Visitor, path: str) -> None:
    visitor.open_chat()
    response = visitor.http.get(path)
    assert response.status_code == 404
    assert "<h1>Page not found</h1>" in response.text


def test_a_visitor_cannot_read_someone_elses_chat(world: FakeWorld) -> None:
    chat = world.visitor().open_chat()
    stranger = world.visitor()
    stranger.open_chat()
    assert stranger.http.get(chat).status_code == 404
    assert stranger.send(chat, "Hello").status_code == 404


def test_a_browser_without_a_session_gets_a_404_page(world: FakeWorld, visitor: Visitor) -> None:
    assert world.visitor().http.get(visitor.open_chat()).status_code == 404


def test_a_forged_cookie_is_ignored(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    cookie = visitor.http.cookies[COOKIE]
    visitor.http.cookies.clear()
    visitor.http.cookies.set(COOKIE, cookie[:-3] + "xyz")
    assert visitor.http.get(chat).status_code == 404


def test_a_session_that_the_database_forgot_starts_again(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    world.db.sessions.clear()
    assert visitor.send(chat, "Hello", htmx=False).url.path == "/"


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("   ", "Your message is empty"),
        ("x" * 16_001, "Your message has 16,001 characters; at most 16,000 are allowed"),
        ("kept\0text", "a NUL byte"),
    ],
)
def test_a_message_that_cannot_be_sent_stays_in_its_field(
    visitor: Visitor, content: str, sentence: str, htmx: bool
) -> None:
    response = visitor.send(visitor.open_chat(), content, htmx=htmx)
    assert response.status_code == 422
    assert sentence in response.text
    if content.strip():
        assert content[:100].replace("\0", "\0") in response.text


def test_a_second_message_while_a_reply_runs_stays_in_its_field(world: FakeWorld, visitor: Visitor) -> None:
    world.model.pace = 3600
    chat = visitor.open_chat()
    visitor.ask(chat, "First")
    response = visitor.send(chat, "Second")
    assert response.status_code == 409
    assert "still being written" in response.text
    assert "Second</textarea>" in response.text


@pytest.mark.parametrize("htmx", [True, False])
def test_the_draft_is_kept_while_the_database_is_unavailable(world: FakeWorld, visitor: Visitor, htmx: bool) -> None:
    chat = visitor.open_chat()
    world.db.away = True
    response = visitor.send(chat, "Precious words", htmx=htmx)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Precious words</textarea>" in response.text
    world.db.away = False
    assert visitor.send(chat, "Precious words", htmx=htmx).status_code == 200


def test_the_page_reports_an_unavailable_database_and_recovers(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    world.db.away = True
    assert "The database is unavailable" in visitor.http.get(chat).text
    assert visitor.http.get("/health/ready").status_code == 503
    assert visitor.http.get("/health/live").status_code == 200
    world.db.away = False
    assert visitor.http.get(chat).status_code == 200


def test_a_full_queue_keeps_the_draft(services: FakeServices) -> None:
    with services.world(max_queued=1) as world:
        world.model.slots, world.model.pace = 1, 3600
        visitor = world.visitor()
        for name in ("running", "waiting"):
            visitor.ask(visitor.open_chat(name), "Hello")
        response = visitor.send(visitor.open_chat("refused"), "Precious words")
        assert response.status_code == 503
        assert "Too many replies are waiting" in response.text
        assert "Precious words</textarea>" in response.text


def test_a_megabyte_is_refused(visitor: Visitor) -> None:
    assert visitor.send(visitor.open_chat(), "x" * 1_000_000).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_write_from_another_site_is_refused(world: FakeWorld, visitor: Visitor, headers: dict[str, str]) -> None:
    assert visitor.http.post("/chats", data={"name": "Anna"}, headers=headers).status_code == 403
    assert world.db.chats == {}


def test_a_form_without_its_token_is_refused(visitor: Visitor) -> None:
    assert visitor.http.post(f"{visitor.open_chat()}/messages", data={"content": "Hello"}).status_code == 422


def test_a_fragment_gets_its_error_as_a_notice(visitor: Visitor) -> None:
    visitor.open_chat()
    response = visitor.http.post(f"{UNKNOWN_CHAT}/replies/{uuid.uuid4()}/stop", headers=HTMX)
    assert (response.status_code, response.headers["HX-Retarget"]) == (404, "#notice")


def test_half_a_character_is_refused(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    body = f"client_token={uuid.uuid4()}&content=%ED%A0%80".encode()
    response = visitor.http.post(
        f"{chat}/messages", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code in (200, 400, 422)
