"""Text that cannot be stored is refused at every address, in every place that holds text, and costs nobody else."""

import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from chat_ui.errors import InvalidText
from chat_ui.routes import health, pages, v1
from chat_ui.web.middleware.text_check import check_body
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st

from tests.support.drivers.chat_ui import FakeWorld, fake_world
from tests.support.drivers.program import Program, with_key

AN_ID = "01a1fa85-0000-7000-8000-000000000000"
JSON_TYPE = {"Content-Type": "application/json"}
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
BAD_ESCAPES = ("\\u0000", "\\ud800", "\\udfff", "\\uDBFF\\ud800", "\\\\\\ud800", "\\ud800\\\\\\udc00", "\\ude00\\ud83d")
BAD_BYTES = (b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xff", b"\xc0\x80", b"\0")
BAD_PERCENT = ("%00", "%ED%A0%80", "%FF", "%C0%80")
REFUSED = (400, 422)


class Operation(NamedTuple):
    method: str
    path: str
    schema: dict[str, Any] | None = None

    @property
    def address(self) -> str:
        return self.path.replace("{", "").replace("}", "") if "{" not in self.path else _filled(self.path)


def _filled(path: str) -> str:
    return "/".join(AN_ID if part.startswith("{") else part for part in path.split("/"))


def all_routes() -> Iterator[Operation]:
    for router in (*pages.routers, health.router, *v1.routers):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield Operation(method, route.path)


ROUTES = list(all_routes())


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeWorld]:
    with fake_world() as world:
        yield world


@pytest.fixture(scope="module")
def program(shared: FakeWorld) -> Program:
    return with_key(shared)


@pytest.fixture(autouse=True)
def others_are_answered(shared: FakeWorld) -> Iterator[None]:
    """After each case, another user is answered, and nothing that cannot be stored has reached the database."""
    yield
    assert with_key(shared, "bob").chat("Hello")["status"] == "complete"
    assert not holds_bad_text(vars(shared.db))
    assert not holds_bad_text(shared.model.prompts)


def holds_bad_text(value: object) -> bool:
    text = repr(value)
    return "\\x00" in text or any(f"\\ud{digit}" in text for digit in "89abcdef")


def assert_refused(response: httpx.Response, path: str) -> None:
    assert response.status_code in REFUSED, (path, response.status_code, response.text[:500])
    if not path.startswith("/v1/"):
        sentence = response.text
    elif path.startswith(("/v1/models", "/v1/chat/completions", "/v1/responses")):
        sentence = response.json()["error"]["message"]
    else:
        sentence = response.json()["detail"]
    assert "cannot be stored" in sentence or "cannot be decoded" in sentence
    if path.startswith("/v1/") and "error" not in response.json():
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("bad", BAD_PERCENT)
def test_in_every_query_string(program: Program, bad: str) -> None:
    for route in ROUTES:
        for query in (f"q={bad}", f"{bad}=1"):
            assert_refused(program.call(route.method, f"{route.address}?{query}"), route.path)


@pytest.mark.parametrize("bad", BAD_PERCENT)
def test_in_every_path(program: Program, bad: str) -> None:
    for route in ROUTES:
        if "{" in route.path:
            address = "/".join(bad if part.startswith("{") else part for part in route.path.split("/"))
            assert_refused(program.call(route.method, address), route.path)


@pytest.mark.parametrize("address", [f"/static/{bad}" for bad in BAD_PERCENT] + [f"/{bad}" for bad in BAD_PERCENT])
def test_where_there_is_no_route(program: Program, address: str) -> None:
    assert_refused(program.get(address), "/")


def json_operations(program: Program) -> Iterator[tuple[Operation, dict[str, Any]]]:
    document = program.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                name = content["application/json"]["schema"]["$ref"].split("/")[-1]
                yield Operation(method.upper(), path), document["components"]["schemas"][name]["properties"]


def bodies(properties: dict[str, Any], escape: str) -> Iterator[str]:
    """JSON with the escape as the whole text, within one, in each field, deep inside, and as a key."""
    example = {name: field["examples"][0] for name, field in properties.items() if field.get("examples")}
    for name in properties:
        for value in ("BAD", "a BAD b", ["BAD"], {"BAD": 1}, [{"x": [{"y": {"z": "BAD"}}]}]):
            yield json.dumps(example | {name: value}).replace("BAD", escape)
    yield json.dumps(example | {"BAD": 1}).replace("BAD", escape)
    yield json.dumps(["BAD"]).replace("BAD", escape)
    yield json.dumps("BAD").replace("BAD", escape)


@pytest.mark.parametrize("escape", BAD_ESCAPES)
def test_in_every_field_of_every_json_body(program: Program, escape: str) -> None:
    found = list(json_operations(program))
    assert {"/v1/chat", "/v1/responses", "/v1/chat/completions"} <= {operation.path for operation, _ in found}
    for operation, properties in found:
        for body in bodies(properties, escape):
            response = program.call(operation.method, operation.address, content=body.encode(), headers=JSON_TYPE)
            assert_refused(response, operation.path)


@pytest.mark.parametrize("bad", BAD_BYTES)
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/problem+json", "text/plain", "multipart/form-data; boundary=x", ""],
)
def test_as_raw_bytes_in_a_body_of_any_type(program: Program, bad: bytes, content_type: str) -> None:
    body = b'{"message": "' + bad + b'", "input": "' + bad + b'"}'
    for path in ("/v1/chat", "/v1/responses", "/v1/chat/completions", "/chats"):
        response = program.call("POST", path, content=body, headers={"Content-Type": content_type})
        assert_refused(response, path)


def test_in_a_body_in_chunks(program: Program) -> None:
    pieces = [b'{"input": "\\u', b"d8", b'00"}']
    assert_refused(program.call("POST", "/v1/responses", content=iter(pieces), headers=JSON_TYPE), "/v1/responses")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_a_body_in_another_encoding_is_refused(program: Program, encoding: str) -> None:
    headers = {"Content-Type": f"application/json; charset={encoding}"}
    body = json.dumps({"message": "Hi"}).encode(encoding)
    assert_refused(program.call("POST", "/v1/chat", content=body, headers=headers), "/v1/chat")
    part = '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n+2AA-\r\n--x--\r\n'
    headers = {"Content-Type": f"multipart/form-data; boundary=x; charset={encoding}"}
    assert_refused(program.call("POST", "/chats", content=part.encode(), headers=headers), "/chats")


FORM_FIELDS = ("content", "name", "title", "system_prompt", "model", "temperature", "max_tokens", "language", "theme")


@pytest.mark.parametrize("bad", BAD_PERCENT)
def test_in_no_field_of_a_form_does_it_reach_the_database(shared: FakeWorld, bad: str) -> None:
    """A form answers a NUL itself, with what was typed; see `test_bad_input`."""
    visitor = shared.visitor()
    chat_id = visitor.open_chat().split("/")[-1]
    for route in ROUTES:
        if route.method != "POST" or route.path.startswith("/v1/"):
            continue
        address = "/".join(chat_id if part.startswith("{") else part for part in route.path.split("/"))
        for field in FORM_FIELDS:
            form = f"client_token={AN_ID}&{field}=Kept{bad}text".encode()
            response = visitor.http.post(address, content=form, headers=FORM_TYPE, follow_redirects=False)
            assert response.status_code < 500, (address, field, response.text)
            if bad != "%00":
                assert_refused(response, address)


@pytest.mark.parametrize("name", ["Idempotency-Key", "Authorization", "X-Request-ID", "Cookie", "Accept-Language"])
def test_a_control_character_in_a_header_is_refused(shared: FakeWorld, name: str) -> None:
    for bad in (b"\0", b"\x01", b"\x1f", b"\x7f"):
        for path in ("/v1/models", "/v1/conversations", "/"):
            assert status_of(shared, path, name.encode() + b": a" + bad) in REFUSED, path


def status_of(world: FakeWorld, path: str, header: bytes) -> int:
    """The status for a request with this header, which httpx would not send."""
    url = urlsplit(world.url)
    with socket.create_connection((str(url.hostname), int(url.port or 80)), timeout=20) as connection:
        lines = (
            f"GET {path} HTTP/1.1".encode(),
            f"Host: {url.netloc}".encode(),
            header,
            b"Connection: close",
            b"",
            b"",
        )
        connection.sendall(b"\r\n".join(lines))
        return int(connection.recv(100).split()[1])


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_any_other_text_passes(text: str) -> None:
    for ascii_only in (True, False):
        check_body("application/json", json.dumps({text: [text]}, ensure_ascii=ascii_only).encode())


@given(st.text(max_size=20), st.sampled_from(["\0", "\ud800", "\udbff", "\udc00", "\udfff"]), st.text(max_size=20))
def test_any_text_with_such_a_character_is_refused(before: str, bad: str, after: str) -> None:
    text = before + bad + after
    if text == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") and "\0" not in text:
        return  # the neighbours complete the pair
    with pytest.raises(InvalidText):
        check_body("application/json", json.dumps([text]).encode())
