"""Sessions, API keys and their usage counts."""

import uuid
from typing import Any

from fastapi import APIRouter, Request

from tests.support.fakes.fake_db_api.database import FakeDatabase, Problem, now, refuses


def caller_routes(db: FakeDatabase) -> APIRouter:
    routes = APIRouter()

    @routes.post("/sessions", status_code=201)
    async def open_session(request: Request) -> dict[str, Any]:
        token, user = uuid.uuid4().hex, str(uuid.uuid4())
        if identity := (await request.json()).get("identity"):
            user = db.identities.setdefault((identity["issuer"], identity["subject"]), user)
        db.sessions[token] = user
        user_read = {"id": user, "username": None, "display_name": None, "created_at": now()}
        return {"token": token, "user": user_read, "expires_at": now()}

    @routes.get("/instance")
    async def read_instance() -> dict[str, str]:
        return {"id": db.instance}

    @routes.get("/session")
    async def read_session(request: Request) -> dict[str, Any]:
        return {"user": {"id": db.user_of(request)}}

    @routes.post("/requests")
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

    @routes.post("/usage", status_code=204)
    async def count(request: Request) -> None:
        for item in (await request.json())["items"]:
            db.used["user", item["user_id"]] += item["tokens"]
            if item["key_id"]:
                db.used["key", item["key_id"]] += item["tokens"]

    @routes.get("/keys")
    async def list_keys(request: Request) -> dict[str, Any]:
        user = db.user_of(request)
        return {"items": [key for key in reversed(db.keys.values()) if key["user_id"] == user]}

    @routes.post("/keys", status_code=201)
    async def create_key(request: Request) -> dict[str, Any]:
        secret, body = f"parley_{uuid.uuid4().hex}", await request.json()
        user = db.user_of(request)
        db.check_quota("keys", sum(key["user_id"] == user for key in db.keys.values()) + 1)
        key = {"id": str(uuid.uuid4()), "user_id": user, "prefix": secret[:13], "created_at": now()}
        db.keys[secret] = key | body | {"last_used_at": None}
        return db.keys[secret] | {"key": secret}

    @routes.delete("/keys/{key_id}", status_code=204)
    async def revoke_key(request: Request, key_id: str) -> None:
        user = db.user_of(request)
        found = [secret for secret, key in db.keys.items() if (key["id"], key["user_id"]) == (key_id, user)]
        if not found:
            raise Problem(404, "key-not-found")
        del db.keys[found[0]]

    return routes
