"""HEAD, for every route that answers GET."""

import httpx

from tests.support.drivers.chatting import Person, Writer

COMPARED = ("content-type", "content-length")


def test_head_is_answered_like_get_without_the_body(ada: Person, writer: Writer, db_api_client: httpx.Client) -> None:
    reply = ada.ask(ada.open_chat()["id"], writer)["reply"]
    ids = {"chat_id": reply["chat_id"], "reply_id": reply["id"]}
    paths = db_api_client.get("/openapi.json").json()["paths"]
    readable = [path.format(**ids) for path, operations in paths.items() if "get" in operations]
    assert readable
    for path in (*readable, "/openapi.json", "/docs"):
        query = {"q": "Hello"} if path == "/search" else {}
        get, head = (ada.call(method, path, params=query) for method in ("GET", "HEAD"))
        assert (get.status_code, head.status_code) == (200, 200), path
        assert [head.headers[name] for name in COMPARED] == [get.headers[name] for name in COMPARED], path
        assert head.content == b""


def test_head_is_refused_where_get_is(ada: Person) -> None:
    refused = ada.call("HEAD", "/usage")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert ada.call("HEAD", "/chats", headers={"X-Session-ID": "unknown"}).status_code == 401
