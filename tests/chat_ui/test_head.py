"""HEAD works wherever GET does: the same status and headers, without a body."""

import httpx
import pytest
from chat_ui.routes import health, pages, v1
from fastapi.routing import APIRoute

from tests.support.drivers.chat_ui import FakeWorld, Visitor

VARIES = {"date", "x-request-id", "transfer-encoding"}
"""Headers that differ between two requests, or that only a body has."""


def get_routes() -> list[str]:
    routers = (*pages.routers, health.router, *v1.routers)
    routes = (route for router in routers for route in router.routes)
    return [route.path for route in routes if isinstance(route, APIRoute) and "GET" in (route.methods or ())]


def existing_ids(visitor: Visitor) -> dict[str, str]:
    """The ids of a chat, its reply and a preset, by the names of path parameters."""
    sent = visitor.ask(visitor.open_chat(), "How far is the moon?")
    visitor.events(sent)
    visitor.http.post("/presets", data={"name": "Clerk"})
    preset = str(visitor.page("/presets").css(".preset")[0].attributes["href"])
    chat_id = sent.chat.split("/")[-1]
    messages = {"message_id": sent.reply_id, "reply_id": sent.reply_id}
    others = {"preset_id": preset.split("/")[-1], "model": "demo"}
    return {"chat_id": chat_id, "conversation_id": chat_id, **others, **messages}


def head_of(visitor: Visitor, method: str, path: str) -> tuple[int, dict[str, str]]:
    with visitor.http.stream(method, path, follow_redirects=False) as response:
        if method == "HEAD":
            assert response.read() == b""
        return response.status_code, {name: value for name, value in response.headers.items() if name not in VARIES}


def test_head_answers_like_get_without_a_body(visitor: Visitor) -> None:
    ids = existing_ids(visitor)
    paths = [path.format(**ids) for path in get_routes()]
    answers = {path: head_of(visitor, "GET", path) for path in paths}
    assert len(answers) > 20
    assert {path: status for path, (status, _) in answers.items() if status >= 400} == {}
    assert {path: head_of(visitor, "HEAD", path) for path in paths} == answers


def test_so_it_does_for_files_and_for_addresses_that_do_not_exist(visitor: Visitor) -> None:
    paths = ("/nothing-here", "/static/none/icon.svg", "/static/none/css/parley.css", "/static/none", "/chats/x")
    answers = {path: head_of(visitor, "GET", path) for path in paths}
    assert {path: head_of(visitor, "HEAD", path) for path in paths} == answers


def test_an_address_without_get_refuses_head(visitor: Visitor) -> None:
    refused = visitor.http.head(f"{visitor.open_chat()}/messages")
    assert (refused.status_code, refused.content) == (405, b"")


@pytest.mark.parametrize("stream", ["events", "frame"])
def test_the_stream_of_a_running_reply_ends_after_its_headers(world: FakeWorld, visitor: Visitor, stream: str) -> None:
    world.model.pace = 60
    sent = visitor.ask(visitor.open_chat(), "Hello")
    answer = visitor.http.head(f"{sent.address}/{stream}", timeout=httpx.Timeout(5))
    assert (answer.status_code, answer.headers["cache-control"], answer.content) == (200, "no-store", b"")


def test_the_connection_can_be_used_again(visitor: Visitor) -> None:
    sent = visitor.ask(visitor.open_chat(), "Hello")
    visitor.http.head(f"{sent.address}/events")
    assert visitor.http.get("/health/live").json() == {"status": "live"}
