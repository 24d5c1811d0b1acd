"""The errors that the OpenAPI document lists, at each address in the shape that it answers in."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

Responses = dict[int | str, dict[str, Any]]


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: Annotated[str, Field(description="for programs", examples=["/problems/conversation-not-found"])]
    title: Annotated[str, Field(description="the status in words", examples=["Not Found"])]
    status: Annotated[int, Field(description="HTTP status", examples=[404])]
    detail: Annotated[str, Field(description="a sentence for a person", examples=["There is no such conversation."])]
    request_id: Annotated[str | None, Field(description="finds the log's lines", examples=["5f2c9d0e"])]


class OpenAiErrorDetail(BaseModel):
    message: Annotated[str, Field(description="a sentence for a person", examples=["Nobody is known by this key."])]
    type: Annotated[str, Field(description="what kind of error", examples=["authentication_error"])]
    param: Annotated[str | None, Field(description="always null", examples=[None])]
    code: Annotated[str | None, Field(description="for programs", examples=["credential_refused"])]


class OpenAiError(BaseModel):
    """An error as OpenAI's API tells it."""

    error: Annotated[OpenAiErrorDetail, Field(description="what went wrong", examples=[{}])]


SENTENCES = {
    400: "The request makes no sense, or the model refuses it; the sentence says why.",
    401: "Nobody is known by this credential.",
    403: "The key lacks the scope for this.",
    404: "There is no such thing, or it belongs to somebody else.",
    409: "Another reply is being written in this conversation, or this one has ended.",
    412: "The conversation is not the one of `If-Match` any more.",
    413: "The body is too large.",
    422: "The request makes no sense; `detail` says why.",
    429: "A limit is used up; `Retry-After` says for how many seconds.",
    500: "A mistake of ours; it is in the log under the request id.",
    502: "Parley is starting; `Retry-After` says when to try again.",
    503: "The database or the model does not answer, or too many wait; `Retry-After` says for how many seconds.",
    504: "Parley took too long; `Retry-After` says when to try again.",
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
    "WWW-Authenticate": {"description": "how to say who calls", "schema": {"type": "string"}, "example": "Bearer"}
}
HEADERS = {401: WWW_AUTHENTICATE, **dict.fromkeys((429, 502, 503, 504), RETRY_AFTER)}

EVENT = {
    "type": "object",
    "description": "one event of the stream",
    "properties": {
        "event": {"type": "string", "description": "what it is; left out: `message`"},
        "data": {"type": "string", "description": "JSON", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "for `Last-Event-ID`: characters of the answer"},
    },
    "examples": [{"data": '{"token": "About"}', "id": "5"}],
}
EVENTS: Responses = {200: {"description": "server-sent events", "content": {"text/event-stream": {"schema": EVENT}}}}


def problems(*more: int) -> Responses:
    """These errors and those that every address has."""
    return _responses("application/problem+json", "Problem", *ALWAYS, 422, *more)


def openai_errors(*more: int) -> Responses:
    return _responses("application/json", "OpenAiError", *ALWAYS, *more)


def location(what: str) -> dict[str, Any]:
    """The header of a response that says where the new thing is."""
    return {"headers": {"Location": {"description": what, "schema": {"type": "string"}}}}


def links(conversation_id: str, reply_id: str | None = None) -> dict[str, Any]:
    """What can be done next with a response, whose values these expressions name."""
    ids = {"conversation_id": conversation_id} | ({"reply_id": reply_id} if reply_id else {})
    names = OF_A_REPLY if reply_id else OF_A_CONVERSATION
    return {"links": {name: {"operationId": name, "parameters": ids} for name in names}}


def _responses(media_type: str, schema: str, *statuses: int) -> Responses:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        status: {"description": SENTENCES[status], "content": content, "headers": HEADERS.get(status, {})}
        for status in sorted(set(statuses))
    }
