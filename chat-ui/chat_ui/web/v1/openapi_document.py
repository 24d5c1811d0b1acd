"""The OpenAPI document of `/v1`."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chat_ui.web.v1.documentation import OpenAiError, Problem

Json = dict[str, Any]

DESCRIPTION = """
Everything that Parley's pages do, for programs. The project's `docs/api.md` shows it with curl.

* Every request needs authentication: an **API key** from the page `/keys`, or a **token** of your identity provider.
* Every answer has an `X-Request-ID`. Where limits are set, `RateLimit-Limit`, `RateLimit-Remaining` and
  `RateLimit-Reset` (seconds) describe the tightest one.
* Errors are RFC 9457 problem details; the OpenAI-compatible addresses answer in OpenAI's format.
* Text lengths are in Unicode code points, times are RFC 3339 in UTC.
"""
TAGS = [
    {"name": "chat", "description": "Ask a question and get its answer, as a whole or word by word."},
    {"name": "conversations", "description": "Conversations, which the pages call chats."},
    {"name": "replies", "description": "A reply, while it is written and afterwards."},
    {"name": "OpenAI-compatible", "description": "Nothing is stored: send the whole conversation with each request."},
]
MESSAGE_FIELDS = (("Ask", "message"), ("MessageCreate", "content"))
ERRORS: tuple[type[BaseModel], ...] = (Problem, OpenAiError)


def api_document(app: FastAPI, max_message_chars: int) -> Json:
    """FastAPI's document with what it cannot know: our errors' schemas, and the configured length of a message."""
    if app.openapi_schema is None:
        document = app.openapi()
        schemas = document["components"]["schemas"]
        for operation in (operation for path in document["paths"].values() for operation in path.values()):
            _drop_fastapi_error(operation)
            _drop_null(operation)
        for name in ("HTTPValidationError", "ValidationError"):
            del schemas[name]
        _, errors = models_json_schema(
            [(error, "serialization") for error in ERRORS], ref_template="#/components/schemas/{model}"
        )
        schemas.update(errors["$defs"])
        for schema, field in MESSAGE_FIELDS:
            schemas[schema]["properties"][field]["maxLength"] = max_message_chars
    return app.openapi_schema or {}


def _drop_fastapi_error(operation: Json) -> None:
    """FastAPI adds its own 422 where we list none: the OpenAI-compatible addresses answer 400."""
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]


def _drop_null(operation: Json) -> None:
    """An optional header or query parameter can be left out, but it is never null as FastAPI documents it."""
    for parameter in operation.get("parameters", ()):
        kinds = parameter["schema"].pop("anyOf", ())
        for kind in (kind for kind in kinds if kind != {"type": "null"}):
            parameter["schema"].update(kind)
