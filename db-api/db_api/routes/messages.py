from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from db_api.dependencies import CurrentLease, UserDatabase
from db_api.repositories import messages, replies
from db_api.schemas.messages import MessageCreate
from db_api.schemas.replies import MessageStored, ReplyOpened

router = APIRouter(tags=["messages"])

ClientToken = Annotated[UUID | None, Query(description="repeats of a request have the same")]


@router.post(
    "/chats/{chat_id}/messages",
    response_model=MessageStored,
    status_code=HTTPStatus.CREATED,
    responses={200: {"model": MessageStored}},
)
async def store_message(chat_id: UUID, message: MessageCreate, database: UserDatabase, lease: CurrentLease) -> Response:
    """Store the user's message and open the reply; a repeated `client_token` is answered 200 with the same two."""
    stored, is_new = await database.run_in_one_trip(messages.store_message, chat_id, message, lease)
    return Response(stored, HTTPStatus.CREATED if is_new else HTTPStatus.OK, media_type="application/json")


@router.post("/messages/{message_id}/replies", status_code=HTTPStatus.CREATED, responses={200: {"model": ReplyOpened}})
async def open_another_reply(
    message_id: UUID, database: UserDatabase, lease: CurrentLease, response: Response, client_token: ClientToken = None
) -> ReplyOpened:
    """Open another reply to the same message; a repeated `client_token` is answered 200 with the same reply."""
    opened, is_new = await database.run(
        replies.open_another_reply, message_id, lease, str(client_token) if client_token else None
    )
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return opened
