"""The chat page, and the messages that are sent from it."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from chat_ui.web.dependencies import App, KnownVisitor, WantsFragment
from chat_ui.web.pages.chat import NOT_SENT, chat_page, not_sent, sent
from chat_ui.web.pages.frame import to_chat

router = APIRouter(prefix="/chats/{chat_id}")

Text = Annotated[str, Form()]
ClientToken = Annotated[UUID, Form()]


@router.get("")
async def read_chat(app: App, visitor: KnownVisitor, chat_id: UUID) -> HTMLResponse:
    return await chat_page(app, visitor, chat_id)


@router.post("/messages")
async def send_message(
    app: App,
    visitor: KnownVisitor,
    fragment: WantsFragment,
    chat_id: UUID,
    client_token: ClientToken,
    content: Text = "",
) -> Response:
    try:
        await app.authentication.count_page_request(visitor)
        opened = await app.reply_requests.ask(visitor, chat_id, content, client_token)
    except NOT_SENT as error:
        return await not_sent(app, visitor, chat_id, content, client_token, error, fragment=fragment)
    if not fragment:
        return to_chat(chat_id)
    if not opened.created:  # the page may or may not have the two messages already, so it loads again
        return Response(headers={"HX-Redirect": f"/chats/{chat_id}"})
    return await sent(app, opened)


@router.post("/messages/{message_id}/edit")
async def edit_message(
    app: App, visitor: KnownVisitor, chat_id: UUID, message_id: UUID, client_token: ClientToken, content: Text = ""
) -> Response:
    try:
        await app.authentication.count_page_request(visitor)
        await app.reply_requests.edit(visitor, chat_id, message_id, content, client_token)
    except NOT_SENT as error:
        return await not_sent(app, visitor, chat_id, content, uuid4(), error, fragment=False)
    return to_chat(chat_id)


@router.post("/branch")
async def choose_branch(
    app: App, visitor: KnownVisitor, chat_id: UUID, message_id: Annotated[UUID, Form()]
) -> Response:
    await app.chats.choose_branch(visitor.session, chat_id, message_id)
    return to_chat(chat_id, anchor=f"message-{message_id}")
