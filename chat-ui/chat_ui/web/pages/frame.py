"""Whole pages: a template inside the frame that all pages share, and the way from one page to the next."""

from uuid import UUID

from fastapi import status
from fastapi.responses import HTMLResponse, RedirectResponse

from chat_ui.models.people import Visitor
from chat_ui.services.chats.sidebar import NO_CHATS, ChatList, read_chat_list
from chat_ui.web.dependencies import Services


async def show(
    app: Services, visitor: Visitor | None, template: str, *, problem: str | None = None, **context: object
) -> HTMLResponse:
    """A page beside the visitor's chats. With a problem it is a form that was refused, and answers 422."""
    sidebar = await read_chat_list(app.chats, visitor)
    status_code = status.HTTP_422_UNPROCESSABLE_CONTENT if problem else status.HTTP_200_OK
    return fill(app, template, sidebar, status_code, **{"problem": problem} | context)


def fill(
    app: Services, template: str, sidebar: ChatList = NO_CHATS, status_code: int = status.HTTP_200_OK, **context: object
) -> HTMLResponse:
    """A page beside these chats. Nothing keeps a copy: Back and a restored session show the chats as they are."""
    html = app.templates.render(template, **{"chat": None, "sidebar": sidebar} | context)
    return HTMLResponse(html, status_code, {"Cache-Control": "no-store"})


def to_page(path: str) -> RedirectResponse:
    return RedirectResponse(path, status.HTTP_303_SEE_OTHER)


def to_chat(chat_id: UUID, anchor: str = "latest") -> RedirectResponse:
    return to_page(f"/chats/{chat_id}#{anchor}")


def to_message(chat_id: UUID, message_id: UUID, anchor: str | None = None) -> RedirectResponse:
    """Lead to the chat's branch through a message, at that message unless `anchor` says otherwise."""
    return to_page(f"/chats/{chat_id}?message={message_id}#{anchor or f'message-{message_id}'}")
