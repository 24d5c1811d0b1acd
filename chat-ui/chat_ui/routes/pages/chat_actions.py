"""What a person does with a whole chat: rename, pin, archive, export, delete and restore it."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Query, status
from fastapi.responses import Response

from chat_ui.language.translation import gettext as _
from chat_ui.services.chats.export import MEDIA_TYPES, Format, export, file_name
from chat_ui.text import LONGEST_TITLE_CHARS, clean_line
from chat_ui.web.dependencies import App, KnownVisitor
from chat_ui.web.pages.chat import chat_page
from chat_ui.web.pages.frame import to_chat, to_page

router = APIRouter(prefix="/chats/{chat_id}")

Text = Annotated[str, Form()]
Choice = Annotated[bool, Form()]


@router.post("/title")
async def rename_chat(
    app: App, visitor: KnownVisitor, chat_id: UUID, title: Text = "", was: Annotated[str | None, Form()] = None
) -> Response:
    """`was` is the title that the page showed; a title that another page gave meanwhile is not overwritten unseen."""
    title = clean_line(title, what=_("The title"), limit=LONGEST_TITLE_CHARS)
    chat = await app.chats.get(visitor.session, chat_id)
    if was is not None and not chat.title_is_provisional and chat.label not in (was, title):
        notice = _("The chat was renamed to “{title}” meanwhile. Rename it again to replace that title.")
        return await chat_page(
            app,
            visitor,
            chat_id,
            status_code=status.HTTP_409_CONFLICT,
            notice=notice.format(title=chat.label),
            typed_title=title,
        )
    await app.chats.change(visitor.session, chat_id, title=title)
    return to_chat(chat_id)


@router.post("/pin")
async def pin_chat(app: App, visitor: KnownVisitor, chat_id: UUID, *, pinned: Choice) -> Response:
    await app.chats.change(visitor.session, chat_id, pinned=pinned)
    return to_chat(chat_id)


@router.post("/archive")
async def archive_chat(app: App, visitor: KnownVisitor, chat_id: UUID, *, archived: Choice) -> Response:
    await app.chats.change(visitor.session, chat_id, archived=archived)
    return to_chat(chat_id)


@router.post("/delete")
async def delete_chat(app: App, visitor: KnownVisitor, chat_id: UUID) -> Response:
    """Lead to a page that offers to restore the chat."""
    await app.chats.delete(visitor.session, chat_id, repeated=True)
    return to_page(f"/?deleted={chat_id}")


@router.post("/restore")
async def restore_chat(app: App, visitor: KnownVisitor, chat_id: UUID) -> Response:
    await app.chats.restore(visitor.session, chat_id)
    return to_chat(chat_id)


@router.get("/export")
async def export_chat(
    app: App, visitor: KnownVisitor, chat_id: UUID, kind: Annotated[Format, Query(alias="format")] = Format.MARKDOWN
) -> Response:
    chat = await app.chats.get(visitor.session, chat_id)
    disposition = f"attachment; filename*=UTF-8''{quote(file_name(chat, kind))}"
    return Response(export(chat, kind), media_type=MEDIA_TYPES[kind], headers={"Content-Disposition": disposition})
