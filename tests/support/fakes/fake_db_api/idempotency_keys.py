"""Idempotency keys. The fake's claims and answers never expire."""

from typing import Any

from fastapi import APIRouter, Request, Response

from tests.support.fakes.fake_db_api.database import FakeDatabase, Problem


def idempotency_key_routes(db: FakeDatabase) -> APIRouter:
    routes = APIRouter(prefix="/idempotency-keys")

    @routes.post("", status_code=201)
    async def claim(request: Request, response: Response) -> dict[str, Any]:
        body = await request.json()
        place = db.user_of(request), body["token"]
        known = db.idempotency_keys.get(place)
        if known is None:
            db.idempotency_keys[place] = {"request": body["request"], "answer": None}
            return {"answer": None}
        if known["request"] != body["request"]:
            raise Problem(422, "idempotency-key-reused")
        if known["answer"] is None:
            raise Problem(409, "idempotency-key-in-use")
        response.status_code = 200
        return {"answer": known["answer"]}

    @routes.patch("/{token}", status_code=204)
    async def keep(request: Request, token: str) -> None:
        known = db.idempotency_keys.get((db.user_of(request), token), {"answer": ""})
        if known["answer"] is None:
            known["answer"] = (await request.json()).get("answer")

    @routes.delete("/{token}", status_code=204)
    async def release(request: Request, token: str) -> None:
        if db.idempotency_keys.get((db.user_of(request), token), {"answer": ""})["answer"] is None:
            del db.idempotency_keys[db.user_of(request), token]

    return routes
