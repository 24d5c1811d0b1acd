"""A chat's page, and its parts after a message was sent or refused."""

from uuid import UUID

from fastapi import status
from fastapi.responses import HTMLResponse

from chat_ui.errors import (
    DatabaseUnavailable,
    InvalidText,
    ParleyError,
    QueueFull,
    QuotaReached,
    ReplyRunning,
    TooManyMessages,
    UsageLimitReached,
)
from chat_ui.models.chats import Chat
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply
from chat_ui.services.chats.composer import Composer
from chat_ui.services.chats.sidebar import list_by_day
from chat_ui.services.model.context_usage import ContextUsage, current_context_usage
from chat_ui.web.dependencies import Services
from chat_ui.web.error_handlers import STATUS, retry_headers
from chat_ui.web.pages.frame import fill

NOT_SENT = (
    InvalidText,
    ReplyRunning,
    QueueFull,
    DatabaseUnavailable,
    QuotaReached,
    TooManyMessages,
    UsageLimitReached,
)
"""Errors that leave the text in the composer and show a sentence above it."""


async def chat_page(
    app: Services,
    visitor: Visitor,
    chat_id: UUID,
    composer: Composer | None = None,
    status_code: int = status.HTTP_200_OK,
) -> HTMLResponse:
    content = await app.chats.page(visitor.session, chat_id)
    chat = content.chat
    return fill(
        app,
        "pages/chat.html",
        list_by_day(content.chats, visitor),
        status_code,
        chat=chat,
        chat_id=chat_id,
        model=await app.model_servers.current(),
        memory=await context_usage(app, chat),
        title_wanted=await app.titles.begin(visitor, chat) is not None,
        presets=content.presets,
        **vars(composer or new_composer(app, chat.running_id)),
    )


async def sent(app: Services, opened: OpenedReply) -> HTMLResponse:
    """The fragment with the two new messages, an empty composer, and the title derived from the first message."""
    html = app.templates.render(
        "partials/sent.html",
        chat=opened.chat,
        chat_id=opened.chat.id,
        sent=opened.message,
        reply=opened.reply,
        memory=await context_usage(app, opened.chat),
        **vars(new_composer(app, opened.chat.running_id)),
    )
    return HTMLResponse(html)


async def not_sent(
    app: Services,
    visitor: Visitor,
    chat_id: UUID,
    content: str,
    client_token: UUID,
    error: ParleyError,
    *,
    fragment: bool,
) -> HTMLResponse:
    """The composer again, with the text still in it and a sentence that says what was wrong."""
    running_id = error.reply_id if isinstance(error, ReplyRunning) else None
    composer = Composer(app.settings.max_message_chars, running_id, content, str(error), client_token)
    status_code = STATUS[type(error)]
    if fragment:
        html = app.templates.render("partials/composer.html", chat_id=chat_id, **vars(composer))
        response = HTMLResponse(html, status_code, {"HX-Retarget": "#composer", "HX-Reswap": "outerHTML"})
    elif isinstance(error, DatabaseUnavailable):
        response = fill(app, "pages/not_sent.html", status_code=status_code, chat_id=chat_id, **vars(composer))
    else:
        response = await chat_page(app, visitor, chat_id, composer, status_code)
    response.headers.update(retry_headers(status_code, error))
    return response


def new_composer(app: Services, running_id: UUID | None) -> Composer:
    return Composer(app.settings.max_message_chars, running_id)


async def context_usage(app: Services, chat: Chat) -> ContextUsage | None:
    return await current_context_usage(app.model_servers, chat, app.settings.max_reply_tokens)
