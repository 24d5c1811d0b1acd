import json
import unicodedata
import uuid
from typing import Any

import httpx
import pytest

from tests.support.drivers.chatting import Person, Writer

CHAT = "/chats/{chat}"
MESSAGES = "/chats/{chat}/messages"
REPLY = "/replies/{reply}"
TOKEN = {"client_token": "1"}

# method, path, body; and a word of the message, which names the field
INVALID: list[tuple[str, str, Any, str]] = [
    ("GET", "/chats/not-a-uuid", None, "chat_id"),
    ("GET", "/chats?limit=0", None, "limit"),
    ("GET", "/chats?limit=1000000", None, "limit"),
    ("GET", "/chats?before=yesterday", None, "before"),
    ("GET", "/chats?before=999999999999999999999.x", None, "before"),
    ("GET", "/chats?before=%00", None, "before"),
    ("POST", "/chats", {"name": ""}, "name"),
    ("POST", "/chats", {"name": "x" * 101}, "name"),
    ("POST", "/chats", {"name": "a\0b"}, "NUL"),
    ("POST", "/chats", {"nane": "Ada"}, "nane"),
    ("POST", "/chats", ["Ada"], "body"),
    ("POST", "/chats", "Ada", "body"),
    ("POST", "/chats", None, "body"),
    ("PATCH", CHAT, {"title": "x" * 201}, "title"),
    ("PATCH", CHAT, {"pinned": None}, "pinned"),
    ("PATCH", CHAT, {"settings": {"temperature": 3}}, "temperature"),
    ("PATCH", CHAT, {"settings": {"temperature": float("nan")}}, "temperature"),
    ("PATCH", CHAT, {"settings": {"max_tokens": 0}}, "max_tokens"),
    ("PATCH", CHAT, {"settings": {"system_prompt": "\0"}}, "NUL"),
    ("PATCH", CHAT, {"settings": {"top_k": 1}}, "top_k"),
    ("PATCH", CHAT, {"current_message_id": "leaf"}, "current_message_id"),
    ("POST", "/presets", {"name": ""}, "name"),
    ("POST", "/presets", {"name": "x" * 101}, "name"),
    ("POST", "/presets", {"name": "a", "settings": {"temperature": 3}}, "temperature"),
    ("POST", "/presets", {"name": "a", "settings": {"system_prompt": "\0"}}, "NUL"),
    ("POST", MESSAGES, {"content": "", **TOKEN}, "content"),
    ("POST", MESSAGES, {"content": "x" * 100_001, **TOKEN}, "content"),
    ("POST", MESSAGES, {"content": "\0", **TOKEN}, "NUL"),
    ("POST", MESSAGES, {"content": None, **TOKEN}, "content"),
    ("POST", MESSAGES, {"content": 5, **TOKEN}, "content"),
    ("POST", MESSAGES, {"content": "Hello"}, "client_token"),
    ("POST", MESSAGES, {"content": "Hello", "client_token": "x" * 101}, "client_token"),
    ("POST", MESSAGES, {"content": "Hello", "parent_id": "7", **TOKEN}, "parent_id"),
    ("GET", REPLY + "?after=-1", None, "after"),
    ("GET", REPLY + "?after=99999999999999999999", None, "after"),
    ("PATCH", REPLY, {"status": "done"}, "status"),
    ("POST", "/replies/chunks", {"replies": [{"reply_id": "{reply}"}]}, "replies.0"),
    ("POST", "/replies/claims", {"limit": 0}, "limit"),
]


@pytest.fixture
def places(ada: Person, writer: Writer) -> dict[str, str]:
    turn = ada.converse(ada.open_chat()["id"], writer, "Hello", "Hi")
    return {"chat": turn["chat"]["id"], "reply": turn["reply"]["id"]}


def assert_problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["status"], problem["type"]) == (status, status, f"/problems/{name}")
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem


@pytest.mark.parametrize(("method", "path", "body", "named"), INVALID, ids=lambda value: str(value)[:40])
def test_invalid_input_is_refused_with_a_message(
    ada: Person, writer: Writer, places: dict[str, str], method: str, path: str, body: Any, named: str
) -> None:
    options = {"content": _json(body), "headers": {"Content-Type": "application/json"}} if method != "GET" else {}
    problem = assert_problem(ada.call(method, path.format(**places), writer, **options), 422, "invalid-request")
    assert named in problem["detail"]


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


@pytest.mark.parametrize("text", [r"\ud800", r"\udfff\ud800", r"a\u0000", r"\ud83d x"])
@pytest.mark.parametrize(
    "body",
    [
        '{"content": "Hello%s", "client_token": "1"}',
        '{"content": "Hello", "client_token": "1%s"}',
        '{"content": "Hello", "client_token": "1", "title": "%s"}',
        '{"content": "Hello", "client_token": "1", "%s": 1}',
    ],
)
def test_text_that_cannot_be_stored_is_refused_anywhere_in_a_message(
    ada: Person, writer: Writer, places: dict[str, str], body: str, text: str
) -> None:
    response = ada.call(
        "POST", MESSAGES.format(**places), writer,
        content=(body % text).encode(), headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert_problem(response, 422, "invalid-request")


@pytest.mark.parametrize(
    "timings",
    [
        '{"a": "\\u0000"}',
        '{"\\u0000": 1}',
        '{"a": "\\ud800"}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": ' + "[" * 800 + "]" * 800 + "}",
        '{"a": {"b": 1}}',
    ],
    ids=lambda timings: timings[:20],
)
def test_timings_are_flat_and_storable(writer: Writer, ada: Person, timings: str) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    body = f'{{"status": "complete", "content": "Hi", "timings": {timings}}}'
    headers = writer.headers | {"Content-Type": "application/json"}
    response = ada._client.patch(f"/replies/{reply_id}", content=body.encode(), headers=headers)
    assert_problem(response, 422, "invalid-request")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": "\xff"}', b"", b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(ada: Person, body: bytes) -> None:
    response = ada.call("POST", "/chats", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_text_of_every_kind_comes_back_in_one_spelling(ada: Person, writer: Writer) -> None:
    text = "\r\n\t  'quotes\" \\ %s {} <b>&amp; ‮ \u2028 é e\u0301 😀 \x7f \x01 漢字 \ufeff\n "
    turn = ada.converse(ada.open_chat(text)["id"], writer, text, text, title=text, client_token=text)
    chat = ada.read_chat(turn["chat"]["id"])
    assert {chat["name"], chat["title"], *(message["content"] for message in chat["path"][:1])} == {
        unicodedata.normalize("NFC", text)
    }
    assert chat["path"][1]["content"] == text  # a reply's, in which its writer counts characters


def test_the_longest_message_is_accepted(ada: Person, writer: Writer) -> None:
    assert ada.post(ada.open_chat()["id"], writer, "😀" * 100_000).status_code == 201


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(ada: Person, chunked: bool) -> None:
    body = b'{"name": "' + b"x" * (5 * 1024 * 1024) + b'"}'
    content = iter([body]) if chunked else body
    response = ada.call("POST", "/chats", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    if chunked:  # FastAPI itself answers, in plain text, if Content-Length already exceeds the limit
        assert_problem(response, 413, "body-too-large")


def test_a_lease_id_must_be_a_uuid(ada: Person) -> None:
    response = ada.call("POST", f"/chats/{uuid.uuid4()}/messages", json={}, headers={"X-Lease-ID": "me"})
    assert "X-Lease-ID" in assert_problem(response, 422, "invalid-request")["detail"]


def test_unknown_paths_and_methods_are_problems_as_well(ada: Person) -> None:
    assert_problem(ada.call("GET", "/nothing"), 404, "not-found")
    assert_problem(ada.call("PUT", "/chats"), 405, "method-not-allowed")
