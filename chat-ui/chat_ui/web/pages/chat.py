"""A chat's page, and its parts after a message was sent or refused, or the chat was changed elsewhere."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import status
from fastapi.responses import HTMLResponse, Response

from chat_ui.errors import (
    ChatNotFound,
    DatabaseUnavailable,
    InvalidText,
    MessageNotFound,
    ParleyError,
    QueueFull,
    QuotaReached,
    ReplyRunning,
    TooManyMessages,
    UsageLimitReached,
)
from chat_ui.models.chats import Chat, Message, shape_of
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply
from chat_ui.services.chats.composer import Composer
from chat_ui.services.chats.path_window import MOST_MESSAGES, window_of
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
    ChatNotFound,
    MessageNotFound,
    QuotaReached,
    TooManyMessages,
    UsageLimitReached,
)
"""Errors that leave the text in the composer and show a sentence above it."""

GONE = (DatabaseUnavailable, ChatNotFound, MessageNotFound)
"""Errors after which the chat's page cannot be shown around the composer."""

STORED = "Stored-Message"
"""The header of an answer whose message is stored; the page's script removes the draft only then."""


async def chat_page(
    app: Services,
    visitor: Visitor,
    chat_id: UUID,
    composer: Composer | None = None,
    status_code: int = status.HTTP_200_OK,
    *,
    message_id: UUID | None = None,
    before: UUID | None = None,
    **context: Any,
) -> HTMLResponse:
    """The current branch, or the one through a message.

    Args:
        composer: the form under the chat, if a message was refused.
        message_id: a message that the page must show.
        before: the message before which the page ends.
    """
    content = await app.chats.page(visitor.session, chat_id, through=message_id or before)
    chat = content.chat
    window = window_of(chat.path, around=message_id, before=before)
    facts: dict[str, Any] = {
        "running_id": chat.running_id,
        "follows": chat.last_id,
        "gap": window.later is not None,
    }
    return fill(
        app,
        "pages/chat.html",
        list_by_day(content.chats, visitor, open_chat=chat),
        status_code,
        **{"notice": None, "typed_title": None} | context,
        chat=chat,
        chat_id=chat_id,
        window=window,
        other_branch=message_id is not None and chat.last_id != chat.current_message_id,
        model=await app.model_servers.current(),
        memory=await context_usage(app, chat),
        title_wanted=await app.titles.begin(visitor, chat) is not None,
        presets=content.presets,
        **vars(replace(composer or new_composer(app, chat), **facts)),
    )


async def earlier_messages(app: Services, visitor: Visitor, chat_id: UUID, before: UUID) -> HTMLResponse:
    """The fragment with the messages that precede the page's first one."""
    chat = await app.chats.get(visitor.session, chat_id, through=before)
    window = replace(window_of(chat.path, before=before), later=None)
    return HTMLResponse(
        app.templates.render(
            "partials/earlier.html", chat=chat, earlier_window=window, memory=await context_usage(app, chat)
        )
    )


async def sent(app: Services, opened: OpenedReply, last: UUID | None, *, gap: bool) -> Response:
    """The fragment with the new messages, an empty composer, and the title derived from the first message.

    Args:
        opened: what was stored.
        last: the page's last message; what others have added since then is in the fragment too.
        gap: whether messages of the branch are missing after the page's last one. The page then loads again.
    """
    messages = messages_after(opened.chat, last)
    if gap or messages is None:
        return Response(headers={"HX-Redirect": f"/chats/{opened.chat.id}", STORED: str(opened.reply.id)})
    html = app.templates.render(
        "partials/sent.html",
        chat=opened.chat,
        chat_id=opened.chat.id,
        messages=messages,
        memory=await context_usage(app, opened.chat),
        **vars(new_composer(app, opened.chat)),
    )
    return HTMLResponse(html, headers={STORED: str(opened.reply.id)})


async def changes(app: Services, chat: Chat, *, last: UUID | None, version: str, shape: str) -> Response:
    """The fragment that brings a page up to date; 204 if it is.

    Args:
        app: the services.
        chat: as it is now.
        last: the page's last message.
        version: of the chat, as the page has it.
        shape: of the page's path.
    """
    if (version, shape, last) == (chat.version, chat.shape, chat.last_id):
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    added = messages_after(chat, last)
    if added is not None and shape_of(chat.path[: len(chat.path) - len(added)]) != shape:
        added = None
    html = app.templates.render(
        "partials/changes.html",
        chat=chat,
        chat_id=chat.id,
        added=added,
        window=window_of(chat.path),
        memory=await context_usage(app, chat),
        **vars(new_composer(app, chat)),
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def messages_after(chat: Chat, last: UUID | None) -> tuple[Message, ...] | None:
    """The messages of the path after one of them, or all; None if the path lacks it or they are too many."""
    ids = [message.id for message in chat.path]
    if last is not None and last not in ids:
        return None
    added = chat.path[ids.index(last) + 1 :] if last else chat.path
    return added if len(added) <= MOST_MESSAGES else None


async def not_sent(
    app: Services,
    visitor: Visitor,
    chat_id: UUID | None,
    composer: Composer,
    error: ParleyError,
    *,
    fragment: bool,
) -> HTMLResponse:
    """The composer again, with the text still in it and a sentence that says what was wrong."""
    status_code = STATUS[type(error)]
    is_gone = isinstance(error, ChatNotFound | MessageNotFound)
    target = None if is_gone else chat_id
    if fragment:
        html = app.templates.render("partials/composer.html", chat_id=target, **vars(composer))
        response = HTMLResponse(html, status_code, {"HX-Retarget": "#composer", "HX-Reswap": "outerHTML"})
    elif chat_id is None or isinstance(error, GONE):
        response = fill(
            app, "pages/not_sent.html", status_code=status_code, chat_id=target, gone=is_gone, **vars(composer)
        )
    else:
        response = await chat_page(app, visitor, chat_id, composer, status_code, message_id=composer.follows)
    response.headers.update(retry_headers(status_code, error))
    return response


def refused_composer(
    app: Services,
    error: ParleyError,
    content: str,
    client_token: UUID,
    follows: UUID | None = None,
    *,
    gap: bool = False,
    preset_id: UUID | None = None,
) -> Composer:
    """The composer with a text that was not sent. It shows Stop only for a reply that the page shows."""
    running_id = error.reply_id if isinstance(error, ReplyRunning) and error.reply_id == follows else None
    return Composer(
        app.settings.max_message_chars,
        running_id,
        content,
        str(error),
        type(error).__name__,
        client_token,
        follows=follows,
        gap=gap,
        preset_id=preset_id,
    )


def new_composer(app: Services, chat: Chat) -> Composer:
    return Composer(app.settings.max_message_chars, chat.running_id, follows=chat.last_id)


async def context_usage(app: Services, chat: Chat) -> ContextUsage | None:
    return await current_context_usage(app.model_servers, chat, app.settings.max_reply_tokens)
