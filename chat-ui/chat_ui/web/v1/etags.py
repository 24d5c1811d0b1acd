"""`ETag`: a hash of a representation, so the same content has the same tag."""

import hashlib
from typing import Annotated

from fastapi import Header, Response, status
from pydantic import BaseModel

from chat_ui.errors import ChatChanged

A_TAG = '"5f2c9d0e1a7b44d3b8e6"'
IfMatch = Annotated[
    str | None,
    Header(
        max_length=200, description="apply the request only if the conversation still has this `ETag`", examples=[A_TAG]
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(max_length=200, description="answer 304 if the `ETag` is still this one", examples=[A_TAG])
]


def tagged(body: BaseModel, if_none_match: str | None = None) -> Response:
    """The body with its tag, or 304 if the caller has this version."""
    headers = {"ETag": tag_of(body), "Cache-Control": "private, no-cache"}
    if if_none_match and _names(if_none_match, headers["ETag"]):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(body.model_dump_json(), headers=headers, media_type="application/json")


def tag_of(body: BaseModel) -> str:
    return f'"{hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:20]}"'


def check_match(if_match: str | None, body: BaseModel) -> None:
    """
    Raises:
        ChatChanged: the body has another tag.
    """
    if if_match and not _names(if_match, tag_of(body)):
        raise ChatChanged


def _names(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in header.split(",")]
