"""db-api in memory, for tests of chat-ui: as much of the wire as chat-ui speaks. It answers the same contract tests."""

import hashlib
import re
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

RUNNING = ("queued", "generating")


class Problem(Exception):
    def __init__(self, status: int, name: str, **more: Any) -> None:
        self.status, self.body = status, {"type": f"/problems/{name}", "status": status, "detail": name} | more


@dataclass
class FakeDatabase:
    """The rows. Tests look into them and change them to play another process."""

    sessions: dict[str, str] = field(default_factory=dict)
    chats: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    leases: dict[str, str | None] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    deleted: dict[str, str | None] = field(default_factory=dict)
    """Deleted chats with the names that they gave up."""
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the key itself."""
    identities: dict[tuple[str, str], str] = field(default_factory=dict)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Requests and tokens, by ("user" or "key", id); the fake's minutes and days never end."""
    away: bool = False
    """Everything is answered 503."""

    def user_of(self, request: Request) -> str:
        token = request.headers.get("X-Session-ID", "")
        user = self.keys[token]["user_id"] if token in self.keys else self.sessions.get(token)
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

    def message_of(self, user: str, message_id: str) -> dict[str, Any]:
        message = self.messages.get(message_id)
        if message is None or self.chats[message["chat_id"]]["user_id"] != user:
            raise Problem(404, "reply-not-found")
        return message

    def add(self, chat_id: str, role: str, content: str, parent: str | None, status: str) -> dict[str, Any]:
        message = {
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
            path.insert(0, self.messages[message_id])
            message_id = path[0]["parent_id"]
        return [message | {"siblings": self.siblings(message)} for message in path]

    def siblings(self, message: dict[str, Any]) -> list[str]:
        same = (message["chat_id"], message["parent_id"])
        return [m["id"] for m in self.messages.values() if (m["chat_id"], m["parent_id"]) == same]

    def with_path(self, chat_id: str, leaf: str | None = None) -> dict[str, Any]:
        chat = self.chats[chat_id]
        return chat | {"path": self.path(leaf or chat["current_message_id"]), "version": version(chat)}

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


def _holds(text: str, words: list[str]) -> bool:
    return all(any(found.startswith(word) for found in re.findall(r"\w+", text.lower())) for word in words)


def _hit(chat: dict[str, Any], message_id: str | None, text: str, at: str, words: list[str]) -> dict[str, Any]:
    pieces = [
        {"text": piece, "hit": any(piece.lower().startswith(word) for word in words)}
        for piece in re.split(r"(\w+)", text)
        if piece
    ]
    return {"chat": chat, "message_id": message_id, "created_at": at, "excerpt": pieces}


def fake_db_api(db: FakeDatabase) -> FastAPI:
    app = FastAPI()

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        return JSONResponse(error.body, error.status, media_type="application/problem+json")

    @app.middleware("http")
    async def be_away(request: Request, call_next: Any) -> Response:
        if db.away:
            return JSONResponse({"type": "/problems/database-unavailable"}, 503)
        return await call_next(request)

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/sessions", status_code=201)
    async def open_session(request: Request) -> dict[str, Any]:
        token, user = uuid.uuid4().hex, str(uuid.uuid4())
        if identity := (await request.json()).get("identity"):
            user = db.identities.setdefault((identity["issuer"], identity["subject"]), user)
        db.sessions[token] = user
        user_read = {"id": user, "username": None, "display_name": None, "created_at": now()}
        return {"token": token, "user": user_read, "expires_at": now()}

    @app.post("/requests")
    async def enter(request: Request) -> dict[str, Any]:
        user, key = db.user_of(request), db.keys.get(request.headers["X-Session-ID"], {})
        limits, key_id = (await request.json())["limits"], key.get("id")
        holders = [("user", user)] + ([("key", key_id)] if key_id else [])
        db.requests.update(holders)
        refused = any(refuses(limit, window) for limit in limits for window in db.windows(user, key_id))
        if refused:
            db.requests.subtract(holders)
        return {
            "user_id": user,
            "key_id": key_id,
            "scopes": key.get("scopes", ["chat", "read"]),
            "admitted": not refused,
            "windows": db.windows(user, key_id),
        }

    @app.post("/usage", status_code=204)
    async def count(request: Request) -> None:
        for item in (await request.json())["items"]:
            db.used["user", item["user_id"]] += item["tokens"]
            if item["key_id"]:
                db.used["key", item["key_id"]] += item["tokens"]

    @app.get("/keys")
    async def list_keys(request: Request) -> dict[str, Any]:
        user = db.user_of(request)
        return {"items": [key for key in reversed(db.keys.values()) if key["user_id"] == user]}

    @app.post("/keys", status_code=201)
    async def create_key(request: Request) -> dict[str, Any]:
        secret, body = f"parley_{uuid.uuid4().hex}", await request.json()
        key = {"id": str(uuid.uuid4()), "user_id": db.user_of(request), "prefix": secret[:13], "created_at": now()}
        db.keys[secret] = key | body | {"last_used_at": None}
        return db.keys[secret] | {"key": secret}

    @app.delete("/keys/{key_id}", status_code=204)
    async def revoke_key(request: Request, key_id: str) -> None:
        user = db.user_of(request)
        found = [secret for secret, key in db.keys.items() if (key["id"], key["user_id"]) == (key_id, user)]
        if not found:
            raise Problem(404, "key-not-found")
        del db.keys[found[0]]

    @app.get("/chats")
    async def list_chats(
        request: Request, limit: int = 50, before: str | None = None, archived: bool = False
    ) -> dict[str, Any]:
        chats = [chat for chat in db.chats_of(db.user_of(request)) if chat["archived"] == archived]
        chats.sort(key=lambda chat: (chat["pinned"], chat["updated_at"]), reverse=True)
        begin = 0
        if before is not None:
            if before not in db.chats:
                raise Problem(422, "invalid-request")
            begin = [chat["id"] for chat in chats].index(before) + 1
        items = chats[begin : begin + limit]
        return {"items": items, "next": items[-1]["id"] if len(chats) > begin + limit else None}

    @app.get("/search")
    async def search(request: Request, q: str) -> dict[str, Any]:
        user, words = db.user_of(request), q.lower().split()
        chats = {chat["id"]: chat for chat in db.chats_of(user)}
        titles = [(chat, None, chat["title"] or "", chat["created_at"]) for chat in chats.values()]
        texts = [
            (chats[m["chat_id"]], m["id"], m["content"], m["created_at"])
            for m in reversed(db.messages.values())
            if m["chat_id"] in chats
        ]
        items = [_hit(*found, words) for found in (*titles, *texts) if _holds(found[2], words)]
        return {"items": items}

    @app.post("/chats", status_code=201)
    async def open_chat(request: Request, response: Response) -> dict[str, Any]:
        user, body = db.user_of(request), await request.json()
        name = body.get("name")
        token = body.get("client_token")
        for chat in db.chats_of(user):
            if (name and (chat["name"] or "").lower() == name.lower()) or (token and chat["client_token"] == token):
                response.status_code = 200
                return db.with_path(chat["id"])
        chat = {
            "id": str(uuid.uuid4()),
            "user_id": user,
            "name": name,
            "title": body.get("title"),
            "client_token": token,
            "pinned": False,
            "archived": False,
            "settings": {},
            "current_message_id": None,
            "created_at": now(),
            "updated_at": now(),
        }
        db.chats[chat["id"]] = chat
        return db.with_path(chat["id"])

    @app.get("/chats/{chat_id}")
    async def get_chat(request: Request, chat_id: str) -> dict[str, Any]:
        db.chat_of(db.user_of(request), chat_id)
        return db.with_path(chat_id)

    @app.patch("/chats/{chat_id}")
    async def change_chat(request: Request, chat_id: str, if_version: str | None = None) -> dict[str, Any]:
        chat, body = db.chat_of(db.user_of(request), chat_id), await request.json()
        db.check_version(chat, if_version)
        if leaf := body.get("current_message_id"):
            if leaf not in db.messages or db.messages[leaf]["chat_id"] != chat_id:
                raise Problem(404, "message-not-found")
            while children := [m["id"] for m in db.messages.values() if m["parent_id"] == leaf]:
                leaf = children[-1]
            body["current_message_id"] = leaf
        chat |= body
        return db.with_path(chat_id)

    @app.delete("/chats/{chat_id}", status_code=204)
    async def delete_chat(request: Request, chat_id: str, if_version: str | None = None) -> None:
        chat = db.chat_of(db.user_of(request), chat_id)
        db.check_version(chat, if_version)
        db.deleted[chat_id] = chat["name"]
        chat |= {"name": None, "client_token": None}
        for message in db.messages.values():
            if message["chat_id"] == chat_id and message["status"] in RUNNING:
                message["status"] = "stopped"
                db.leases[message["id"]] = None

    @app.post("/chats/{chat_id}/restore")
    async def restore_chat(request: Request, chat_id: str) -> dict[str, Any]:
        user = db.user_of(request)
        if chat_id in db.deleted and db.chats[chat_id]["user_id"] == user:
            name = db.deleted.pop(chat_id)
            taken = {(chat["name"] or "").lower() for chat in db.chats_of(user)}
            db.chats[chat_id]["name"] = name if name and name.lower() not in taken else None
        db.chat_of(user, chat_id)
        return db.with_path(chat_id)

    @app.post("/chats/{chat_id}/messages", status_code=201)
    async def add_message(request: Request, response: Response, chat_id: str) -> dict[str, Any]:
        chat, body = db.chat_of(db.user_of(request), chat_id), await request.json()
        if "\0" in body["content"]:
            raise Problem(422, "invalid-text")
        token = (chat_id, body["client_token"])
        if token in db.tokens:
            response.status_code = 200
        else:
            db.refuse_second_reply(chat_id)
            parent = body["parent_id"] if "parent_id" in body else chat["current_message_id"]
            chat["title"] = chat["title"] or body.get("title")
            message = db.add(chat_id, "user", body["content"], parent, "complete")
            reply = db.open_reply(chat_id, message["id"], request.headers["X-Lease-ID"])
            db.tokens[token] = (message["id"], reply["id"])
        *_, message, reply = db.path(db.tokens[token][1])
        return {"message": message, "reply": reply, "chat": db.with_path(chat_id, reply["id"])}

    @app.post("/messages/{message_id}/replies", status_code=201)
    async def add_reply(request: Request, message_id: str) -> dict[str, Any]:
        message = db.message_of(db.user_of(request), message_id)
        reply = db.open_reply(message["chat_id"], message_id, request.headers["X-Lease-ID"])
        return {"reply": db.path(reply["id"])[-1], "chat": db.with_path(message["chat_id"])}

    @app.post("/replies/chunks")
    async def append(request: Request) -> dict[str, Any]:
        lost, gaps = [], []
        for write in (await request.json())["replies"]:
            reply = db.messages.get(write["reply_id"])
            if not reply or reply["status"] not in RUNNING or db.leases[reply["id"]] != request.headers["X-Lease-ID"]:
                lost.append(write["reply_id"])
            elif write["position"] > len(reply["content"]):
                gaps.append({"reply_id": reply["id"], "length": len(reply["content"])})
            else:
                text = reply["content"][: write["position"]] + write["text"]
                reply |= {"content": text, "status": write["status"]}
        return {"lost": lost, "gaps": gaps}

    @app.post("/replies/claims")
    async def claim(request: Request) -> dict[str, Any]:
        items = []
        for reply_id, lease in db.leases.items():
            reply = db.messages[reply_id]
            if lease is None and reply["status"] in RUNNING:
                db.leases[reply_id] = request.headers["X-Lease-ID"]
                chat = db.with_path(reply["chat_id"], reply_id)
                items.append({"reply": chat["path"][-1], "chat": chat, "user_id": chat["user_id"]})
        return {"items": items}

    @app.delete("/replies/claims", status_code=204)
    async def release(request: Request) -> None:
        for reply_id, lease in db.leases.items():
            if lease == request.headers["X-Lease-ID"]:
                db.leases[reply_id] = None

    @app.get("/replies/{reply_id}")
    async def read_reply(request: Request, reply_id: str, after: int = 0) -> dict[str, Any]:
        reply = db.message_of(db.user_of(request), reply_id)
        return reply | {"position": after, "text": reply["content"][after:]}

    @app.patch("/replies/{reply_id}")
    async def change_reply(request: Request, reply_id: str) -> dict[str, Any]:
        body, lease = await request.json(), request.headers.get("X-Lease-ID")
        if "X-Session-ID" not in request.headers:
            if db.leases.get(reply_id) != lease or db.messages[reply_id]["status"] not in RUNNING:
                raise Problem(409, "lease-lost")
            db.messages[reply_id] |= body
        else:
            reply = db.message_of(db.user_of(request), reply_id)
            if (reply["status"] in RUNNING) == (body["status"] == "queued"):
                raise Problem(409, "reply-ended")
            reply["status"] = body["status"]
        db.leases[reply_id] = lease
        chat = db.with_path(db.messages[reply_id]["chat_id"], reply_id)
        return {"reply": chat["path"][-1], "chat": chat}

    return app
