"""Conversations, which the pages call chats."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from chat_ui.web.dependencies import App
from chat_ui.web.v1.authentication import Chatter, Reader
from chat_ui.web.v1.documentation import Responses, links, location, problems
from chat_ui.web.v1.etags import IfMatch, IfNoneMatch, check_match, tagged
from chat_ui.web.v1.fields import A_CURSOR, CURSOR, NO_NUL, ConversationId
from chat_ui.web.v1.idempotency import IdempotencyKey, once, token_of
from chat_ui.web.v1.reply_events import address_of
from chat_ui.web.v1.schemas import (
    ConversationChange,
    ConversationCreate,
    ConversationPage,
    ConversationRead,
    MessageCreate,
    MessageList,
    MessageSent,
    conversation_of,
    found_page,
    list_page,
    message_of,
)

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], responses=problems())

Limit = Annotated[int, Query(ge=1, le=100, description="conversations per page", examples=[20])]
Archived = Annotated[bool, Query(description="list the archive instead", examples=[False])]
Words = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="only conversations whose title or messages contain these words, all on one page",
        examples=["moon"],
        json_schema_extra=NO_NUL,
    ),
]
Before = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        description="`next` of the previous page, unchanged",
        examples=[A_CURSOR],
        json_schema_extra=CURSOR,
    ),
]
READ: Responses = {
    200: {"headers": {"ETag": {"description": "for `If-Match` and `If-None-Match`", "schema": {"type": "string"}}}}
}
SENT = location("the address of the reply") | links("$request.path.conversation_id", "$response.body#/reply/id")
UNCHANGED: Responses = {304: {"description": "The conversation still has the `ETag` of `If-None-Match`."}}


@router.get("")
async def list_conversations(
    app: App, caller: Reader, limit: Limit = 50, before: Before = None, q: Words = None, *, archived: Archived = False
) -> ConversationPage:
    """Your conversations: pinned ones first, then the most recently used. Archived ones are listed separately."""
    if q:
        return found_page(await app.chats.search(caller.session, q))
    return list_page(await app.chats.list(caller.session, limit=limit, before=before, archived=archived))


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=ConversationRead,
    responses={201: location("the address of the conversation") | links("$response.body#/id"), **problems(409)},
)
async def create_conversation(
    request: Request, app: App, caller: Chatter, wanted: ConversationCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    """Create an empty conversation."""

    async def create() -> Response:
        token = token_of(caller, idempotency_key and f"conversation {idempotency_key}")
        chat = await app.chats.create(caller.session, wanted.title, token)
        response = tagged(conversation_of(chat))
        response.status_code = status.HTTP_201_CREATED
        response.headers["Location"] = f"/v1/conversations/{chat.id}"
        return response

    return await once(request, caller, idempotency_key, create)


@router.get("/{conversation_id}", response_model=ConversationRead, responses={**READ, **UNCHANGED, **problems(404)})
async def read_conversation(
    app: App, caller: Reader, conversation_id: ConversationId, if_none_match: IfNoneMatch = None
) -> Response:
    """The conversation with the messages of its current branch."""
    return tagged(conversation_of(await app.chats.get(caller.session, conversation_id)), if_none_match)


@router.patch("/{conversation_id}", response_model=ConversationRead, responses={**READ, **problems(404, 409, 412)})
async def change_conversation(
    app: App, caller: Chatter, conversation_id: ConversationId, change: ConversationChange, if_match: IfMatch = None
) -> Response:
    """Change the title, pinned, archived, the settings, or the current branch."""
    chat = await app.chats.get(caller.session, conversation_id)
    check_match(if_match, conversation_of(chat))
    changes = change.model_dump(mode="json", exclude_unset=True)
    if_version = chat.version if if_match else None
    return tagged(conversation_of(await app.chats.change(caller.session, chat.id, if_version=if_version, **changes)))


@router.delete("/{conversation_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(404, 412))
async def delete_conversation(
    app: App, caller: Chatter, conversation_id: ConversationId, if_match: IfMatch = None
) -> None:
    """Delete the conversation and its messages."""
    chat = await app.chats.get(caller.session, conversation_id)
    check_match(if_match, conversation_of(chat))
    await app.chats.delete(caller.session, chat.id, if_version=chat.version if if_match else None)


@router.get("/{conversation_id}/messages", responses=problems(404))
async def list_messages(app: App, caller: Reader, conversation_id: ConversationId) -> MessageList:
    """The messages of the current branch, oldest first."""
    chat = await app.chats.get(caller.session, conversation_id)
    return MessageList(items=[message_of(message) for message in chat.path])


@router.post(
    "/{conversation_id}/messages",
    status_code=status.HTTP_201_CREATED,
    response_model=MessageSent,
    responses={201: SENT, **problems(404, 409)},
)
async def send_message(
    app: App,
    caller: Chatter,
    conversation_id: ConversationId,
    sent: MessageCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send a message. Its reply is written in the background; `Location` is its address."""
    token = token_of(caller, idempotency_key)
    opened = await app.conversations.ask(caller, conversation_id, sent.content, token)
    assert opened.message  # noqa: S101 - `ask` refuses a reply without its message
    body = MessageSent(message=message_of(opened.message), reply=message_of(opened.reply))
    return Response(body.model_dump_json(), status.HTTP_201_CREATED, address_of(opened), "application/json")
