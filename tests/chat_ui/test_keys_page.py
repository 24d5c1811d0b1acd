from tests.support.drivers.chat_ui import FakeWorld, Visitor
from tests.support.drivers.html import parse_html
from tests.support.drivers.program import Program


def make(visitor: Visitor, name: str = "robot", permissions: str = "all") -> str:
    page = parse_html(visitor.http.post("/keys", data={"name": name, "permissions": permissions}).text)
    return page.css_first("#new-key").text()


def program(visitor: Visitor, key: str) -> Program:
    visitor.http.cookies.clear()
    return Program(visitor.http, Authorization=f"Bearer {key}")


def test_a_guests_key_is_shown_once_and_authenticates_a_program(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    key = make(visitor)
    listed = visitor.http.get("/keys").text
    assert "robot" in listed
    assert key not in listed
    found = program(visitor, key).get("/v1/conversations").json()["items"]
    assert [conversation["id"] for conversation in found] == [chat.removeprefix("/chats/")]


def test_a_read_only_key_cannot_write(visitor: Visitor) -> None:
    visitor.open_chat()
    reader = program(visitor, make(visitor, permissions="read"))
    assert reader.get("/v1/conversations").status_code == 200
    assert reader.post("/v1/conversations", {}).status_code == 403


def test_a_key_is_revoked_with_one_press(world: FakeWorld, visitor: Visitor) -> None:
    visitor.open_chat()
    key = make(visitor)
    form = visitor.page("/keys").css_first("ul.keys form")
    assert visitor.http.post(form.attributes["action"]).status_code == 200
    assert "robot" not in visitor.http.get("/keys").text
    assert program(visitor, key).get("/v1/conversations").status_code == 401


def test_a_key_needs_a_name(visitor: Visitor) -> None:
    refused = visitor.http.post("/keys", data={"name": " "})
    assert refused.status_code == 422
    assert "The key's name is empty" in parse_html(refused.text).css_first("#key-problem").text()


def test_a_user_cannot_revoke_anothers_key(world: FakeWorld, visitor: Visitor) -> None:
    visitor.open_chat()
    make(visitor)
    (key,) = world.db.keys.values()
    stranger = world.visitor()
    stranger.open_chat()
    assert stranger.http.post(f"/keys/{key['id']}/revoke").status_code == 404
    assert world.db.keys
