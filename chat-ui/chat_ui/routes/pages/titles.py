"""A chat's title by the model: what the page asks for when a reply has come."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Request, status
from fastapi.responses import HTMLResponse, Response

from chat_ui.models.chats import Chat
from chat_ui.models.people import Visitor
from chat_ui.web.dependencies import App, KnownVisitor, Services
from chat_ui.web.disconnects import while_connected

router = APIRouter(prefix="/chats/{chat_id}")


@router.post("/suggested-title")
async def suggest_title(request: Request, app: App, visitor: KnownVisitor, chat_id: UUID) -> Response:
    """The title in all its places, as soon as there is one. Leaving the page keeps nobody from writing it."""
    chat = await app.chats.get(visitor.session, chat_id)
    titled = await while_connected(request, wait_for_title(app, visitor, chat))
    if titled is None:
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    return HTMLResponse(app.templates.render("partials/title.html", chat=titled))


async def wait_for_title(app: Services, visitor: Visitor, chat: Chat) -> Chat | None:
    task = await app.titles.begin(visitor.session, chat)
    return await asyncio.shield(task) if task else None
