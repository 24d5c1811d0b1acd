from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from db_api.dependencies import UserDatabase
from db_api.repositories import chats, deletion, pages
from db_api.schemas.chats import ChatChange, ChatCreate, ChatList, ChatWithPath
from db_api.schemas.pages import PageRead

router = APIRouter(prefix="/chats", tags=["chats"])

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100, description="`next` of the previous page")]
Through = Annotated[UUID | None, Query(description="a message: the path is that of the branch through it")]
Repeated = Annotated[bool, Query(description="answer 204 if the chat is deleted already")]
Version = Annotated[str | None, Query(max_length=20, description="answer 412 if the chat has another version")]


# First, because it is the busiest route and FastAPI tries them in order.
@router.get("/{chat_id}/page", response_model=PageRead)
async def read_page(chat_id: UUID, database: UserDatabase, limit: Limit = 50, through: Through = None) -> Response:
    """Everything that a chat's page shows: the chat with its path, the first chats of the list, presets."""
    page = await database.run_in_one_trip(pages.read_page, chat_id, limit, through)
    return Response(page, media_type="application/json")


@router.get("")
async def list_chats(
    database: UserDatabase, limit: Limit = 50, before: Cursor = None, *, archived: bool = False
) -> ChatList:
    """The user's chats, pinned ones first, then by last use; archived chats form a list of their own."""
    return await database.run(chats.list_chats, limit, before, archived=archived)


@router.post("", status_code=HTTPStatus.CREATED, responses={200: {"model": ChatWithPath}})
async def open_chat(chat: ChatCreate, database: UserDatabase, response: Response) -> ChatWithPath:
    """A new chat, or 200 with the existing chat of this name or token."""
    opened, is_new = await database.run(chats.open_chat, chat)
    response.status_code = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return opened


@router.get("/{chat_id}")
async def read_chat(chat_id: UUID, database: UserDatabase, through: Through = None) -> ChatWithPath:
    """The chat with its current path, or with the path through a message."""
    return await database.run(chats.read_chat, chat_id, through)


@router.patch("/{chat_id}")
async def change_chat(
    chat_id: UUID, change: ChatChange, database: UserDatabase, if_version: Version = None
) -> ChatWithPath:
    """Change title, pinned, archived or settings; `current_message_id` switches to the branch through it."""
    return await database.run(chats.change_chat, chat_id, change, if_version)


@router.delete("/{chat_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_chat(
    chat_id: UUID, database: UserDatabase, if_version: Version = None, *, repeated: Repeated = False
) -> None:
    """Hide the chat at once; for `UNDO_SECONDS` it can be restored."""
    await database.run(deletion.delete_chat, chat_id, if_version, repeated=repeated)


@router.post("/{chat_id}/restore")
async def restore_chat(chat_id: UUID, database: UserDatabase) -> ChatWithPath:
    """Restore a deleted chat; a chat that is not deleted stays as it is."""
    return await database.run(deletion.restore_chat, chat_id)
