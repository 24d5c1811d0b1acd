"""Errors, headers and links in the OpenAPI document, shared by all addresses."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

Responses = dict[int | str, dict[str, Any]]


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: Annotated[str, Field(description="identifies the error", examples=["/problems/conversation-not-found"])]
    title: Annotated[str, Field(description="the status as a phrase", examples=["Not Found"])]
    status: Annotated[int, Field(description="HTTP status", examples=[404])]
    detail: Annotated[
        str,
        Field(
            description="what happened and what to do next",
            examples=["This conversation or reply does not exist, or it belongs to another user."],
        ),
    ]
    request_id: Annotated[str | None, Field(description="the id in the log", examples=["5f2c9d0e"])]


class OpenAiErrorDetail(BaseModel):
    message: Annotated[str, Field(description="what happened and what to do next", examples=["Unknown API key."])]
    type: Annotated[str, Field(description="the kind of error", examples=["authentication_error"])]
    param: Annotated[str | None, Field(description="always null", examples=[None])]
    code: Annotated[str | None, Field(description="identifies the error", examples=["credential_refused"])]


class OpenAiError(BaseModel):
    """An error in OpenAI's format."""

    error: Annotated[OpenAiErrorDetail, Field(description="the error", examples=[{}])]


SENTENCES = {
    400: "Malformed request, or the model refuses it; `message` gives the reason.",
    401: "Authentication required, or the key or token is not valid.",
    403: "The key does not have the required scope.",
    404: "It does not exist, or it belongs to another user.",
    409: "Another reply is being written in this conversation, this one has ended, the first request "
    "with this `Idempotency-Key` is in progress, or one user can keep no more.",
    412: "The conversation has changed since the `ETag` of `If-Match`.",
    413: "The body is too large.",
    422: "Malformed request; `detail` names the field and the problem.",
    429: "A limit is reached; retry after `Retry-After` seconds.",
    500: "Internal error, logged under the request id.",
    502: "Parley is starting; retry after `Retry-After` seconds.",
    503: "The database or the model is unavailable, or too many replies wait; retry after `Retry-After` seconds.",
    504: "Parley took too long; retry after `Retry-After` seconds.",
}
ALWAYS = (401, 403, 413, 429, 500, 502, 503, 504)

OF_A_CONVERSATION = (
    "read_conversation",
    "change_conversation",
    "list_messages",
    "send_message",
    "delete_conversation",
)
OF_A_REPLY = ("read_reply", "read_reply_events", "stop_reply", "continue_reply", "regenerate_reply")

RETRY_AFTER = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}, "example": 5}}
WWW_AUTHENTICATE = {
    "WWW-Authenticate": {"description": "the authentication scheme", "schema": {"type": "string"}, "example": "Bearer"}
}
HEADERS = {401: WWW_AUTHENTICATE, **dict.fromkeys((429, 502, 503, 504), RETRY_AFTER)}

EVENT = {
    "type": "object",
    "description": "one event of the stream",
    "properties": {
        "event": {"type": "string", "description": "the kind of event; without it, `message`"},
        "data": {"type": "string", "description": "JSON", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "for `Last-Event-ID`: the number of characters of the answer so far"},
    },
    "examples": [{"data": '{"token": "About"}', "id": "5"}],
}
EVENTS: Responses = {200: {"description": "server-sent events", "content": {"text/event-stream": {"schema": EVENT}}}}


def problems(*more: int) -> Responses:
    """These errors, and those of every address."""
    return _responses("application/problem+json", "Problem", *ALWAYS, 422, *more)


def openai_errors(*more: int) -> Responses:
    return _responses("application/json", "OpenAiError", *ALWAYS, *more)


def location(description: str) -> dict[str, Any]:
    """A response's `Location` header."""
    return {"headers": {"Location": {"description": description, "schema": {"type": "string"}}}}


def links(conversation_id: str, reply_id: str | None = None) -> dict[str, Any]:
    """The operations that can follow a response; the expressions select the ids from it."""
    ids = {"conversation_id": conversation_id} | ({"reply_id": reply_id} if reply_id else {})
    names = OF_A_REPLY if reply_id else OF_A_CONVERSATION
    return {"links": {name: {"operationId": name, "parameters": ids} for name in names}}


def _responses(media_type: str, schema: str, *statuses: int) -> Responses:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        status: {"description": SENTENCES[status], "content": content, "headers": HEADERS.get(status, {})}
        for status in sorted(set(statuses))
    }
