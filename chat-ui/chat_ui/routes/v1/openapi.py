"""The API's own description: `/openapi.json`, and Swagger's page over it with nothing from elsewhere."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chat_ui.web.dependencies import App, services_of
from chat_ui.web.v1.documentation import OpenAiError, Problem

router = APIRouter(include_in_schema=False)

Json = dict[str, Any]

DESCRIPTION = """
Everything that Parley's pages do, for programs. `docs/api.md` of the project shows it with curl.

* Every request says who calls: an **API key** of the page `/keys`, or a **token** of your identity provider.
* Every answer has an `X-Request-ID`. Where limits are set, `RateLimit-Limit`, `RateLimit-Remaining` and
  `RateLimit-Reset` (seconds) tell the tightest one.
* Errors are RFC 9457 problem details; the OpenAI-compatible addresses answer in OpenAI's shape.
* Texts are counted in Unicode code points, times are RFC 3339 in UTC.
"""
TAGS = [
    {"name": "chat", "description": "Ask and be answered, in one piece or word by word."},
    {"name": "conversations", "description": "What the pages call chats."},
    {"name": "replies", "description": "A reply while it is written, and afterwards."},
    {"name": "OpenAI-compatible", "description": "Nothing is stored: the whole conversation comes with each request."},
]
QUESTIONS = (("Ask", "message"), ("MessageCreate", "content"))
ERRORS: tuple[type[BaseModel], ...] = (Problem, OpenAiError)


@router.get("/openapi.json")
async def read_document(request: Request) -> JSONResponse:
    return JSONResponse(api_document(request.app, services_of(request).settings.max_message_chars))


@router.get("/docs")
async def read_docs(app: App) -> HTMLResponse:
    return HTMLResponse(app.templates.render("pages/api.html"))


def api_document(app: FastAPI, max_message_chars: int) -> Json:
    """The document with what FastAPI cannot know: our errors' schemas, and how long a message may be here."""
    if app.openapi_schema is None:
        document = app.openapi()
        schemas = document["components"]["schemas"]
        for operation in (operation for path in document["paths"].values() for operation in path.values()):
            _forget_fastapis_error(operation)
            _forget_null(operation)
        for name in ("HTTPValidationError", "ValidationError"):
            del schemas[name]
        _, errors = models_json_schema(
            [(error, "serialization") for error in ERRORS], ref_template="#/components/schemas/{model}"
        )
        schemas.update(errors["$defs"])
        for schema, field in QUESTIONS:
            schemas[schema]["properties"][field]["maxLength"] = max_message_chars
    return app.openapi_schema or {}


def _forget_fastapis_error(operation: Json) -> None:
    """FastAPI lists a 422 of its own where we list none: those addresses answer 400."""
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]


def _forget_null(operation: Json) -> None:
    """A header or a query may be left out, but cannot be null as FastAPI has it."""
    for parameter in operation.get("parameters", ()):
        kinds = parameter["schema"].pop("anyOf", ())
        for kind in (kind for kind in kinds if kind != {"type": "null"}):
            parameter["schema"].update(kind)
