"""Messages and their replies."""

from typing import Any

from chat_ui.clients.database.replies import ATTEMPTS_USED_UP
from fastapi import APIRouter, Request, Response

from tests.support.fakes.fake_db_api.database import RUNNING, FakeDatabase, Problem

MOST_ATTEMPTS = 10


def reply_routes(db: FakeDatabase) -> APIRouter:
    routes = APIRouter()

    @routes.post("/chats/{chat_id}/messages", status_code=201)
    async def add_message(request: Request, response: Response, chat_id: str) -> dict[str, Any]:
        chat, body = db.chat_of(db.user_of(request), chat_id), await request.json()
        if "\0" in body["content"]:
            raise Problem(422, "invalid-text")
        token = (chat_id, body["client_token"])
        if token in db.tokens:
            response.status_code = 200
        else:
            db.refuse_second_reply(chat_id)
            db.check_quota("messages", len(db.messages_of(chat["user_id"])) + 2)
            db.check_quota("bytes", db.text_of(chat["user_id"]) + len(body["content"].encode()))
            parent = body.get("parent_id", db.branch_end(chat_id, body.get("follows")))
            if chat["title"] is None:
                chat["title"] = chat["first_words"] = body.get("title")
            message = db.add(chat_id, "user", body["content"], parent, "complete")
            reply = db.open_reply(chat_id, message["id"], request.headers["X-Lease-ID"])
            db.tokens[token] = (message["id"], reply["id"])
        *_, message, reply = db.path(db.tokens[token][1])
        return {"message": message, "reply": reply, "chat": db.with_path(chat_id, reply["id"])}

    @routes.post("/messages/{message_id}/replies", status_code=201)
    async def add_reply(
        request: Request, response: Response, message_id: str, client_token: str | None = None
    ) -> dict[str, Any]:
        message = db.message_of(db.user_of(request), message_id)
        if client_token and (message_id, client_token) in db.tokens:
            response.status_code = 200
            reply = db.messages[db.tokens[message_id, client_token][1]]
        else:
            reply = db.open_reply(message["chat_id"], message_id, request.headers["X-Lease-ID"])
            if client_token:
                db.tokens[message_id, client_token] = (message_id, reply["id"])
        return {"reply": db.path(reply["id"])[-1], "chat": db.with_path(message["chat_id"], reply["id"])}

    @routes.post("/replies/chunks")
    async def append(request: Request) -> dict[str, Any]:
        if db.refused_text and db.refused_text in str(await request.json()):
            raise Problem(422, "invalid-request")
        lost, gaps = [], []
        for write in (await request.json())["replies"]:
            reply = db.messages.get(write["reply_id"])
            if not reply or reply["status"] not in RUNNING or db.leases[reply["id"]] != request.headers["X-Lease-ID"]:
                lost.append(write["reply_id"])
            elif write["position"] > len(reply["content"]):
                gaps.append({"reply_id": reply["id"], "length": len(reply["content"])})
            else:
                text = reply["content"][: write["position"]] + write["text"]
                if len(text) > len(reply["content"]):
                    db.attempts[reply["id"]] = 0
                reply |= {"content": text, "status": write["status"]}
        return {"lost": lost, "gaps": gaps}

    @routes.post("/replies/claims")
    async def claim(request: Request) -> dict[str, Any]:
        items = []
        for reply_id, lease in db.leases.items():
            reply = db.messages[reply_id]
            if (lease is None or reply_id in db.expired) and reply["status"] in RUNNING:
                if reply_id in db.expired and db.attempts[reply_id] >= MOST_ATTEMPTS:
                    reply |= {"status": "failed", "error": ATTEMPTS_USED_UP}
                    continue
                db.attempts[reply_id] += reply_id in db.expired
                db.expired.discard(reply_id)
                db.leases[reply_id] = request.headers["X-Lease-ID"]
                chat = db.with_path(reply["chat_id"], reply_id)
                items.append({"reply": chat["path"][-1], "chat": chat, "user_id": chat["user_id"]})
        return {"items": items}

    @routes.delete("/replies/claims", status_code=204)
    async def release(request: Request) -> None:
        for reply_id, lease in db.leases.items():
            if lease == request.headers["X-Lease-ID"]:
                db.leases[reply_id] = None

    @routes.get("/replies/{reply_id}")
    async def read_reply(request: Request, reply_id: str, after: int = 0) -> dict[str, Any]:
        reply = db.message_of(db.user_of(request), reply_id)
        return reply | {"position": after, "text": reply["content"][after:]}

    @routes.patch("/replies/{reply_id}")
    async def change_reply(request: Request, reply_id: str) -> dict[str, Any]:
        body, lease = await request.json(), request.headers.get("X-Lease-ID")
        if "X-Session-ID" not in request.headers:
            if db.leases.get(reply_id) != lease or db.messages[reply_id]["status"] not in RUNNING:
                raise Problem(409, "lease-lost")
            if db.refused_end and body["status"] != "failed":
                raise Problem(*db.refused_end)
            db.messages[reply_id] |= body
        else:
            reply = db.message_of(db.user_of(request), reply_id)
            if (reply["status"] in RUNNING) == (body["status"] == "queued"):
                raise Problem(409, "reply-ended")
            if body["status"] == "queued":
                db.check_quota("bytes", db.text_of(db.user_of(request)))
                db.attempts[reply_id] = 0
                db.refuse_second_reply(reply["chat_id"])
                chat = db.chats[reply["chat_id"]]
                chat["current_message_id"] = db.branch_end(chat["id"], reply_id)
            reply["status"] = body["status"]
        db.leases[reply_id] = lease
        chat = db.with_path(db.messages[reply_id]["chat_id"], reply_id)
        return {"reply": chat["path"][-1], "chat": chat}

    return routes
