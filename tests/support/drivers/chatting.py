"""The callers of db-api: people with a session, and the processes that write their replies."""

import uuid
from typing import Any

import httpx

Json = dict[str, Any]


class Writer:
    """A process that writes replies, identified by its lease id."""

    def __init__(self, client: httpx.Client) -> None:
        self.id = str(uuid.uuid4())
        self.headers = {"X-Lease-ID": self.id}
        self._client = client

    def write(self, reply_id: str, position: int, text: str, status: str = "generating") -> Json:
        return self.write_all([{"reply_id": reply_id, "status": status, "position": position, "text": text}])

    def write_all(self, writes: list[Json]) -> Json:
        return json_of(self._client.post("/replies/chunks", json={"replies": writes}, headers=self.headers))

    def end(self, reply_id: str, content: str, status: str = "complete", **outcome: Any) -> httpx.Response:
        body = {"status": status, "content": content} | outcome
        return self._client.patch(f"/replies/{reply_id}", json=body, headers=self.headers)

    def claim(self, limit: int = 100) -> list[Json]:
        claimed = json_of(self._client.post("/replies/claims", json={"limit": limit}, headers=self.headers))
        items: list[Json] = claimed["items"]
        return items

    def give_up(self) -> None:
        self._client.delete("/replies/claims", headers=self.headers).raise_for_status()


class Person:
    """A guest with a session."""

    def __init__(self, client: httpx.Client) -> None:
        session = client.post("/sessions", json={}).raise_for_status().json()
        self.id: str = session["user"]["id"]
        self.headers = {"X-Session-ID": session["token"]}
        self._client = client

    def call(self, method: str, path: str, writer: Writer | None = None, **options: Any) -> httpx.Response:
        headers = self.headers | (writer.headers if writer else {}) | options.pop("headers", {})
        return self._client.request(method, path, headers=headers, **options)

    def open_chat(self, name: str | None = None) -> Json:
        return json_of(self.call("POST", "/chats", json={"name": name}))

    def read_chat(self, chat_id: str) -> Json:
        return json_of(self.call("GET", f"/chats/{chat_id}"))

    def post(self, chat_id: str, writer: Writer, content: str = "Hello", **message: Any) -> httpx.Response:
        body = {"content": content, "client_token": str(uuid.uuid4())} | message
        return self.call("POST", f"/chats/{chat_id}/messages", writer, json=body)

    def ask(self, chat_id: str, writer: Writer, content: str = "Hello", **message: Any) -> Json:
        return json_of(self.post(chat_id, writer, content, **message))

    def converse(self, chat_id: str, writer: Writer, question: str, answer: str, **message: Any) -> Json:
        """Ask a question and store its answer."""
        turn = self.ask(chat_id, writer, question, **message)
        writer.end(turn["reply"]["id"], answer, finish_reason="stop").raise_for_status()
        return turn

    def regenerate(self, message_id: str, writer: Writer) -> httpx.Response:
        return self.call("POST", f"/messages/{message_id}/replies", writer)

    def stop(self, reply_id: str) -> httpx.Response:
        return self.call("PATCH", f"/replies/{reply_id}", json={"status": "stopped"})

    def continue_(self, reply_id: str, writer: Writer) -> httpx.Response:
        return self.call("PATCH", f"/replies/{reply_id}", writer, json={"status": "queued"})

    def read_reply(self, reply_id: str, after: int = 0) -> Json:
        return json_of(self.call("GET", f"/replies/{reply_id}", params={"after": after}))


def json_of(response: httpx.Response) -> Json:
    """Return the object in a successful response."""
    body: Json = response.raise_for_status().json()
    return body


def texts(chat: Json) -> list[str]:
    """Return the contents of the messages on the chat's path."""
    return [message["content"] for message in chat["path"]]
