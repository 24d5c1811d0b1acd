"""The fake's rows, with the rules that Postgres keeps for the real ones."""

import hashlib
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi import Request

INSTANCE = "3e0c8e8e-2f0b-4a8c-9c65-4d6f0e6d1a7b"
RUNNING = ("queued", "generating")


class Problem(Exception):
    def __init__(self, status: int, name: str, **more: Any) -> None:
        self.status, self.body = status, {"type": f"/problems/{name}", "status": status, "detail": name} | more


@dataclass
class FakeDatabase:
    """The rows. Tests inspect them, and change them to act as another process."""

    instance: str = INSTANCE
    sessions: dict[str, str] = field(default_factory=dict)
    chats: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    leases: dict[str, str | None] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    """Replies whose writer has vanished; the fake's leases do not expire by themselves."""
    attempts: Counter[str] = field(default_factory=Counter)
    """How often a reply was claimed from a writer that vanished."""
    most: dict[str, int] = field(default_factory=dict)
    """Quotas, by db-api's names: chats, messages, bytes, presets, keys, new_chats."""
    new_chats: Counter[str] = field(default_factory=Counter)
    """By user; the fake's minute never ends."""
    tokens: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    deleted: dict[str, str | None] = field(default_factory=dict)
    """Deleted chats and their former names."""
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By API key."""
    presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    idempotency_keys: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """By user and token."""
    identities: dict[tuple[str, str], str] = field(default_factory=dict)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Requests and tokens, by ("user" or "key", id); the fake's minutes and days never end."""
    away: bool = False
    """Everything is answered 503."""
    refused_end: tuple[int, str] | None = None
    """Status and name of the problem that answers a reply's end, unless the reply failed."""
    refused_text: str | None = None
    """Text that makes a bulk write fail."""

    def check_quota(self, quota: str, total: int) -> None:
        most = self.most.get(quota, 0)
        if most and total > most:
            raise Problem(409, "quota-reached", quota=quota, most=most)

    def text_of(self, user: str) -> int:
        """The bytes of the user's text that count."""
        messages = [m for m in self.messages_of(user) if m["status"] not in RUNNING]
        return sum(len(message["content"].encode()) for message in messages)

    def messages_of(self, user: str) -> list[dict[str, Any]]:
        return [m for m in self.messages.values() if self.chats[m["chat_id"]]["user_id"] == user]

    def user_of(self, request: Request) -> str:
        token = request.headers.get("X-Session-ID", "")
        user: str | None = self.keys[token]["user_id"] if token in self.keys else self.sessions.get(token)
        if user is None:
            raise Problem(401, "session-unknown")
        return user

    def chat_of(self, user: str, chat_id: str) -> dict[str, Any]:
        chat = self.chats.get(chat_id)
        if chat is None or chat["user_id"] != user or chat_id in self.deleted:
            raise Problem(404, "chat-not-found")
        return chat

    def chats_of(self, user: str) -> list[dict[str, Any]]:
        return [c for c in self.chats.values() if c["user_id"] == user and c["id"] not in self.deleted]

    def presets_of(self, user: str) -> list[dict[str, Any]]:
        mine = [preset for preset in self.presets.values() if preset["user_id"] == user]
        return sorted(mine, key=lambda preset: preset["name"].lower())

    def message_of(self, user: str, message_id: str) -> dict[str, Any]:
        message = self.messages.get(message_id)
        if message is None or self.chats[message["chat_id"]]["user_id"] != user:
            raise Problem(404, "reply-not-found")
        return message

    def add(self, chat_id: str, role: str, content: str, parent: str | None, status: str) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "chat_id": chat_id,
            "parent_id": parent,
            "role": role,
            "content": content,
            "status": status,
            "created_at": now(),
        }
        self.messages[message["id"]] = message
        self.chats[chat_id] |= {"current_message_id": message["id"], "updated_at": now()}
        return message

    def path(self, message_id: str | None) -> list[dict[str, Any]]:
        path: list[dict[str, Any]] = []
        while message_id:
            message = self.messages[message_id]
            path.insert(0, message)
            message_id = message["parent_id"]
        return [message | {"siblings": self.siblings(message)} for message in path]

    def branch_end(self, chat_id: str, through: str | None) -> str | None:
        current: str | None = self.chats[chat_id]["current_message_id"]
        if through is None or through in [message["id"] for message in self.path(current)]:
            return current
        if through not in self.messages or self.messages[through]["chat_id"] != chat_id:
            raise Problem(404, "message-not-found")
        while children := [m["id"] for m in self.messages.values() if m["parent_id"] == through]:
            through = children[-1]
        return through

    def siblings(self, message: dict[str, Any]) -> list[str]:
        same = (message["chat_id"], message["parent_id"])
        return [m["id"] for m in self.messages.values() if (m["chat_id"], m["parent_id"]) == same]

    def with_path(self, chat_id: str, leaf: str | None = None) -> dict[str, Any]:
        chat = self.chats[chat_id]
        return chat | {
            "path": self.path(leaf or chat["current_message_id"]),
            "version": version(chat),
            "title_is_provisional": chat["title"] is not None and chat["title"] == chat["first_words"],
        }

    def check_version(self, chat: dict[str, Any], if_version: str | None) -> None:
        if if_version is not None and if_version != version(chat):
            raise Problem(412, "chat-changed")

    def windows(self, user: str, key: str | None) -> list[dict[str, Any]]:
        holders = [("user", user)] + ([("key", key)] if key else [])
        return [
            {
                "holder": holder[0],
                "period": period,
                "requests": self.requests[holder],
                "tokens": self.used[holder],
                "resets_in": seconds,
            }
            for holder in holders
            for period, seconds in (("minute", 30.0), ("day", 3600.0))
        ]

    def open_reply(self, chat_id: str, parent: str, lease: str) -> dict[str, Any]:
        self.refuse_second_reply(chat_id)
        user = self.chats[chat_id]["user_id"]
        self.check_quota("messages", len(self.messages_of(user)) + 1)
        self.check_quota("bytes", self.text_of(user))
        reply = self.add(chat_id, "assistant", "", parent, "queued")
        self.leases[reply["id"]] = lease
        return reply

    def refuse_second_reply(self, chat_id: str) -> None:
        for message in self.messages.values():
            if message["chat_id"] == chat_id and message["status"] in RUNNING:
                raise Problem(409, "reply-running", reply_id=message["id"])


def version(chat: dict[str, Any]) -> str:
    return hashlib.md5(repr(sorted(chat.items())).encode()).hexdigest()[:16]


def refuses(limit: dict[str, Any], window: dict[str, Any]) -> bool:
    if (limit["holder"], limit["period"]) != (window["holder"], window["period"]):
        return False
    most, tokens = limit.get("requests"), limit.get("tokens")
    return (most is not None and window["requests"] > most) or (tokens is not None and window["tokens"] >= tokens)


def now() -> str:
    return datetime.now(UTC).isoformat()
