"""The page of a chat that is not stored yet, and its first message, which creates it."""

from uuid import UUID

from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import DatabaseUnavailable
from chat_ui.models.people import Visitor
from chat_ui.services.chats.composer import Composer
from chat_ui.web.dependencies import Services
from chat_ui.web.error_handlers import STATUS, retry_headers
from chat_ui.web.pages.chat import NOT_SENT, STORED, not_sent, refused_composer
from chat_ui.web.pages.frame import show, to_chat


async def start_chat(
    app: Services, visitor: Visitor, content: str, token: UUID, preset_id: UUID | None, *, fragment: bool
) -> Response:
    """Create a chat with its first message."""
    try:
        await app.authentication.count_page_request(visitor)
        settings = (await app.presets.get(visitor.session, preset_id)).settings if preset_id else None
        opened = await app.reply_requests.start_chat(visitor, content, token, settings)
    except NOT_SENT as error:
        composer = refused_composer(app, error, content, token, preset_id=preset_id)
        if fragment or isinstance(error, DatabaseUnavailable):
            return await not_sent(app, visitor, None, composer, error, fragment=fragment)
        page = await new_chat_page(app, visitor, composer)
        page.status_code = STATUS[type(error)]
        page.headers.update(retry_headers(page.status_code, error))
        return page
    if fragment:
        return Response(headers={"HX-Redirect": f"/chats/{opened.chat.id}", STORED: str(opened.reply.id)})
    return to_chat(opened.chat.id)


async def new_chat_page(app: Services, visitor: Visitor | None, composer: Composer) -> HTMLResponse:
    return await show(
        app,
        visitor,
        "pages/new_chat.html",
        chat_id=None,
        presets=await app.presets.list(visitor.session) if visitor else (),
        model=await app.model_servers.current(),
        **vars(composer),
    )
