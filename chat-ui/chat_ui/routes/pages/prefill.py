"""Reading a chat's prompt ahead, which the page requests when it opens and while its visitor types."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, status

from chat_ui.web.dependencies import App, KnownVisitor
from chat_ui.web.disconnects import while_connected

router = APIRouter(prefix="/chats/{chat_id}")


@router.post("/warm", status_code=status.HTTP_204_NO_CONTENT)
async def warm_chat(
    request: Request, app: App, visitor: KnownVisitor, chat_id: UUID, content: Annotated[str, Form()] = ""
) -> None:
    """Answer when the model has read the chat and the draft. Leaving the page closes the connection, which ends it."""
    chat = await app.chats.get(visitor.session, chat_id)
    await while_connected(request, app.prefiller.warm(visitor.user_id, chat, content))
