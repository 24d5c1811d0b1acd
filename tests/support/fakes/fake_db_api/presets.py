"""Presets."""

import uuid
from typing import Any

from fastapi import APIRouter, Request

from tests.support.fakes.fake_db_api.database import FakeDatabase, Problem, now


def preset_routes(db: FakeDatabase) -> APIRouter:
    routes = APIRouter(prefix="/presets")

    def of(request: Request) -> list[dict[str, Any]]:
        return db.presets_of(db.user_of(request))

    def find(request: Request, preset_id: str) -> dict[str, Any]:
        found = [preset for preset in of(request) if preset["id"] == preset_id]
        if not found:
            raise Problem(404, "preset-not-found")
        return found[0]

    def refuse_taken(request: Request, name: str, preset_id: str) -> None:
        if any(p["name"].lower() == name.lower() and p["id"] != preset_id for p in of(request)):
            raise Problem(409, "preset-name-taken")

    @routes.get("")
    async def list_presets(request: Request) -> dict[str, Any]:
        return {"items": of(request)}

    @routes.post("", status_code=201)
    async def create_preset(request: Request) -> dict[str, Any]:
        body, preset_id = await request.json(), str(uuid.uuid4())
        refuse_taken(request, body["name"], preset_id)
        user = db.user_of(request)
        db.check_quota("presets", len(of(request)) + 1)
        db.presets[preset_id] = {"id": preset_id, "user_id": user, "settings": {}, "created_at": now()} | body
        return db.presets[preset_id]

    @routes.patch("/{preset_id}")
    async def change_preset(request: Request, preset_id: str) -> dict[str, Any]:
        preset, body = find(request, preset_id), await request.json()
        refuse_taken(request, body.get("name", ""), preset_id)
        preset |= body
        return preset

    @routes.delete("/{preset_id}", status_code=204)
    async def delete_preset(request: Request, preset_id: str) -> None:
        del db.presets[find(request, preset_id)["id"]]

    return routes
