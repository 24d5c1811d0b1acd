"""A chat's title by the model, which the page requests after a reply."""

from uuid import UUID

from fastapi import APIRouter, Request, status
from fastapi.responses import HTMLResponse, Response

from chat_ui.web.dependencies import App, KnownVisitor
from chat_ui.web.disconnects import while_connected

router = APIRouter(prefix="/chats/{chat_id}")


@router.post("/suggested-title")
async def suggest_title(request: Request, app: App, visitor: KnownVisitor, chat_id: UUID) -> Response:
    """Answer with the title in all its places as soon as it is written. Leaving the page does not stop the writing."""
    chat = await app.chats.get(visitor.session, chat_id)
    titled = await while_connected(request, app.titles.wait_for(visitor, chat))
    if titled is None:
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    return HTMLResponse(app.templates.render("partials/title.html", chat=titled))
