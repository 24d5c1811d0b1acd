"""The chat page, and the messages that are sent from it."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, Response

from chat_ui.web.dependencies import App, KnownVisitor, WantsFragment
from chat_ui.web.pages.chat import (
    NOT_SENT,
    STORED,
    changes,
    chat_page,
    earlier_messages,
    not_sent,
    refused_composer,
    sent,
)
from chat_ui.web.pages.frame import to_chat

router = APIRouter(prefix="/chats/{chat_id}")

Text = Annotated[str, Form()]
ClientToken = Annotated[UUID, Form()]
Fact = Annotated[str, Query(max_length=40)]


@router.get("")
async def read_chat(
    app: App,
    visitor: KnownVisitor,
    fragment: WantsFragment,
    chat_id: UUID,
    message: UUID | None = None,
    before: UUID | None = None,
) -> HTMLResponse:
    """The end of the current branch, a page that shows `message`, or the page that ends before the message `before`."""
    if before and fragment:
        return await earlier_messages(app, visitor, chat_id, before)
    return await chat_page(app, visitor, chat_id, message_id=message, before=before)


@router.get("/changes")
async def read_changes(
    app: App,
    visitor: KnownVisitor,
    chat_id: UUID,
    last: UUID | None = None,
    version: Fact = "",
    shape: Fact = "",
    *,
    branch: bool = False,
) -> Response:
    """What a page lacks that was loaded earlier; 204 if nothing. `branch` keeps to the branch through `last`."""
    chat = await app.chats.get(visitor.session, chat_id, through=last if branch else None)
    return await changes(app, chat, last=last, version=version, shape=shape)


@router.post("/messages")
async def send_message(
    app: App,
    visitor: KnownVisitor,
    fragment: WantsFragment,
    chat_id: UUID,
    client_token: ClientToken,
    content: Text = "",
    follows: Annotated[UUID | Literal["none"] | None, Form()] = None,
    *,
    gap: Annotated[bool, Form()] = False,
) -> Response:
    """`follows` is the page's last message, or "none"; `gap` says that the page shows an earlier part of the branch."""
    last = follows if isinstance(follows, UUID) else None
    try:
        await app.authentication.count_page_request(visitor)
        opened = await app.reply_requests.send(visitor, chat_id, content, client_token, last)
    except NOT_SENT as error:
        composer = refused_composer(app, error, content, client_token, last, gap=gap)
        return await not_sent(app, visitor, chat_id, composer, error, fragment=fragment)
    if not fragment:
        return to_chat(chat_id)
    if not opened.created:  # the page may or may not show the two messages already, so it reloads
        return Response(headers={"HX-Redirect": f"/chats/{chat_id}", STORED: str(opened.reply.id)})
    shown = opened.chat.path[-3].id if follows is None and len(opened.chat.path) > 2 else last
    return await sent(app, opened, shown, gap=gap)


@router.post("/messages/{message_id}/edit")
async def edit_message(
    app: App, visitor: KnownVisitor, chat_id: UUID, message_id: UUID, client_token: ClientToken, content: Text = ""
) -> Response:
    try:
        await app.authentication.count_page_request(visitor)
        await app.reply_requests.edit(visitor, chat_id, message_id, content, client_token)
    except NOT_SENT as error:
        composer = refused_composer(app, error, content, uuid4(), message_id)
        return await not_sent(app, visitor, chat_id, composer, error, fragment=False)
    return to_chat(chat_id)


@router.post("/branch")
async def choose_branch(
    app: App, visitor: KnownVisitor, chat_id: UUID, message_id: Annotated[UUID, Form()]
) -> Response:
    await app.chats.choose_branch(visitor.session, chat_id, message_id)
    return to_chat(chat_id, anchor=f"message-{message_id}")
