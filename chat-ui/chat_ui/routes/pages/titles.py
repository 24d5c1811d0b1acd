"""A chat's title by the model, which the page requests after a reply."""

import asyncio
from contextlib import suppress
from uuid import UUID

from fastapi import APIRouter, Request, status
from fastapi.responses import HTMLResponse, Response

from chat_ui.models.chats import Chat
from chat_ui.models.people import Visitor
from chat_ui.web.dependencies import App, KnownVisitor, Services
from chat_ui.web.disconnects import while_connected
from chat_ui.web.places import MOST_TITLES

router = APIRouter(prefix="/chats/{chat_id}")


@router.post("/suggested-title")
async def suggest_title(request: Request, app: App, visitor: KnownVisitor, chat_id: UUID) -> Response:
    """Answer with the title in all its places as soon as it is written. Leaving the page does not stop the writing.

    Another tab that waits for a title ends this wait: each one takes one of the browser's few connections.
    """
    chat = await app.chats.get(visitor.session, chat_id)
    titled = await while_connected(request, _newest(app, visitor, chat))
    if titled is None:
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    return HTMLResponse(app.templates.render("partials/title.html", chat=titled))


async def _newest(app: Services, visitor: Visitor, chat: Chat) -> Chat | None:
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as limit:
            with app.places.hold("title", visitor.session, MOST_TITLES, lambda: limit.reschedule(0)):
                return await app.titles.wait_for(visitor, chat)
    return None
