"""Chats: list, search, open, change, delete and restore."""

import re
import unicodedata
import uuid
from typing import Any

from fastapi import APIRouter, Request, Response

from tests.support.fakes.fake_db_api.database import RUNNING, FakeDatabase, Problem, now


def chat_routes(db: FakeDatabase) -> APIRouter:
    routes = APIRouter()

    @routes.get("/chats")
    async def list_chats(
        request: Request, limit: int = 50, before: str | None = None, archived: bool = False
    ) -> dict[str, Any]:
        return _list(db, db.user_of(request), limit, before, archived=archived)

    @routes.get("/search")
    async def search(request: Request, q: str) -> dict[str, Any]:
        user, words = db.user_of(request), q.lower().split()
        chats = {chat["id"]: chat for chat in db.chats_of(user)}
        titles = [(chat, None, chat["title"] or "", chat["created_at"]) for chat in chats.values()]
        texts = [
            (chats[m["chat_id"]], m["id"], _said(m), m["created_at"])
            for m in reversed(db.messages.values())
            if m["chat_id"] in chats
        ]
        items = [_hit(*found, words) for found in (*titles, *texts) if _holds(found[2], words)]
        return {"items": items}

    @routes.post("/chats", status_code=201)
    async def open_chat(request: Request, response: Response) -> dict[str, Any]:
        user, body = db.user_of(request), await request.json()
        name = unicodedata.normalize("NFC", body["name"]) if body.get("name") else None
        token = body.get("client_token")
        for chat in db.chats_of(user):
            if (name and (chat["name"] or "").lower() == name.lower()) or (token and chat["client_token"] == token):
                response.status_code = 200
                return db.with_path(chat["id"])
        db.check_quota("chats", sum(chat["user_id"] == user for chat in db.chats.values()) + 1)
        db.new_chats[user] += 1
        if (most := db.most.get("new_chats", 0)) and db.new_chats[user] > most:
            raise Problem(429, "too-many-chats", retry_after=60)
        chat = {
            "id": str(uuid.uuid4()),
            "user_id": user,
            "name": name,
            "title": body.get("title"),
            "client_token": token,
            "first_words": None,
            "pinned": False,
            "archived": False,
            "settings": {},
            "current_message_id": None,
            "created_at": now(),
            "updated_at": now(),
        }
        db.chats[chat["id"]] = chat
        return db.with_path(chat["id"])

    @routes.get("/chats/{chat_id}")
    async def get_chat(request: Request, chat_id: str, through: str | None = None) -> dict[str, Any]:
        db.chat_of(db.user_of(request), chat_id)
        return db.with_path(chat_id, db.branch_end(chat_id, through))

    @routes.get("/chats/{chat_id}/page")
    async def get_page(request: Request, chat_id: str, limit: int = 50, through: str | None = None) -> dict[str, Any]:
        user = db.user_of(request)
        chat = db.chat_of(user, chat_id)
        presets = db.presets_of(user) if chat["current_message_id"] is None else None
        shown = db.with_path(chat_id, db.branch_end(chat_id, through))
        return {"chat": shown, "chats": _list(db, user, limit), "presets": presets or None}

    @routes.patch("/chats/{chat_id}")
    async def change_chat(request: Request, chat_id: str, if_version: str | None = None) -> dict[str, Any]:
        chat, body = db.chat_of(db.user_of(request), chat_id), await request.json()
        db.check_version(chat, if_version)
        if leaf := body.get("current_message_id"):
            if leaf not in db.messages or db.messages[leaf]["chat_id"] != chat_id:
                raise Problem(404, "message-not-found")
            while children := [m["id"] for m in db.messages.values() if m["parent_id"] == leaf]:
                leaf = children[-1]
            body["current_message_id"] = leaf
        if "title" in body:
            chat["first_words"] = None
        suggested = body.pop("suggested_title", None)
        chat |= body
        if suggested and chat["title"] is not None and chat["title"] == chat["first_words"]:
            chat |= {"title": suggested, "first_words": None}
        return db.with_path(chat_id)

    @routes.delete("/chats/{chat_id}", status_code=204)
    async def delete_chat(
        request: Request, chat_id: str, if_version: str | None = None, repeated: bool = False
    ) -> None:
        user = db.user_of(request)
        if repeated and chat_id in db.deleted and db.chats[chat_id]["user_id"] == user:
            return
        chat = db.chat_of(user, chat_id)
        db.check_version(chat, if_version)
        db.deleted[chat_id] = chat["name"]
        chat |= {"name": None, "client_token": None}
        for message in db.messages.values():
            if message["chat_id"] == chat_id and message["status"] in RUNNING:
                message["status"] = "stopped"
                db.leases[message["id"]] = None

    @routes.post("/chats/{chat_id}/restore")
    async def restore_chat(request: Request, chat_id: str) -> dict[str, Any]:
        user = db.user_of(request)
        if chat_id in db.deleted and db.chats[chat_id]["user_id"] == user:
            name = db.deleted.pop(chat_id)
            taken = {(chat["name"] or "").lower() for chat in db.chats_of(user)}
            db.chats[chat_id]["name"] = name if name and name.lower() not in taken else None
        db.chat_of(user, chat_id)
        return db.with_path(chat_id)

    return routes


def _list(
    db: FakeDatabase, user: str, limit: int, before: str | None = None, *, archived: bool = False
) -> dict[str, Any]:
    chats = [chat for chat in db.chats_of(user) if chat["archived"] == archived]
    chats.sort(key=lambda chat: (chat["pinned"], chat["updated_at"]), reverse=True)
    start = 0
    if before is not None:
        if before not in db.chats:
            raise Problem(422, "invalid-request")
        start = [chat["id"] for chat in chats].index(before) + 1
    items = chats[start : start + limit]
    return {"items": items, "next": items[-1]["id"] if len(chats) > start + limit else None}


def _holds(text: str, words: list[str]) -> bool:
    return all(any(found.startswith(word) for found in re.findall(r"\w+", text.lower())) for word in words)


def _said(message: dict[str, Any]) -> str:
    """Return the message's text without its reasoning."""
    text: str = message["content"]
    return re.sub(r"\A<think>\n.*?(\n</think[^>]*>\n*|\Z)", "", text, flags=re.DOTALL)


def _hit(chat: dict[str, Any], message_id: str | None, text: str, at: str, words: list[str]) -> dict[str, Any]:
    pieces = [
        {"text": piece, "hit": any(piece.lower().startswith(word) for word in words)}
        for piece in re.split(r"(\w+)", text)
        if piece
    ]
    return {"chat": chat, "message_id": message_id, "created_at": at, "excerpt": pieces}
