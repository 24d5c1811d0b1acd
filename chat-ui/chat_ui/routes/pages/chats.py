"""The chat page, and the message that is sent from it."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, status
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from chat_ui.errors import DatabaseUnavailable, InvalidText, ParleyError, QueueFull, ReplyRunning
from chat_ui.models.chats import Chat
from chat_ui.models.people import Visitor
from chat_ui.models.replies import OpenedReply
from chat_ui.services.chats.sidebar import NO_CHATS, list_by_day
from chat_ui.services.model.context_usage import ContextUsage, context_usage_of
from chat_ui.web.dependencies import App, KnownVisitor, Services, WantsFragment

router = APIRouter(prefix="/chats/{chat_id}")

NOT_SENT: dict[type[ParleyError], int] = {
    InvalidText: status.HTTP_422_UNPROCESSABLE_CONTENT,
    ReplyRunning: status.HTTP_409_CONFLICT,
    QueueFull: status.HTTP_503_SERVICE_UNAVAILABLE,
    DatabaseUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}
"""What leaves the text in the composer, with a sentence above it."""

Text = Annotated[str, Form()]
ClientToken = Annotated[UUID, Form()]


@router.get("")
async def read_chat(app: App, visitor: KnownVisitor, chat_id: UUID) -> HTMLResponse:
    return await chat_page(app, visitor, chat_id)


@router.post("/messages")
async def send_message(
    app: App,
    visitor: KnownVisitor,
    fragment: WantsFragment,
    chat_id: UUID,
    client_token: ClientToken,
    content: Text = "",
) -> Response:
    try:
        opened = await app.reply_requests.ask(visitor, chat_id, content, client_token)
    except tuple(NOT_SENT) as error:
        return await composer_again(app, visitor, chat_id, content, client_token, error, fragment=fragment)
    if not fragment:
        return to_chat(chat_id)
    if not opened.created:  # the page may have the two messages already, or not: let it look
        return Response(headers={"HX-Redirect": f"/chats/{chat_id}"})
    return await sent(app, opened)


@router.post("/messages/{message_id}/edit")
async def edit_message(
    app: App, visitor: KnownVisitor, chat_id: UUID, message_id: UUID, client_token: ClientToken, content: Text = ""
) -> Response:
    try:
        await app.reply_requests.edit(visitor, chat_id, message_id, content, client_token)
    except tuple(NOT_SENT) as error:
        return await composer_again(app, visitor, chat_id, content, uuid4(), error, fragment=False)
    return to_chat(chat_id)


@router.post("/branch")
async def choose_branch(
    app: App, visitor: KnownVisitor, chat_id: UUID, message_id: Annotated[UUID, Form()]
) -> Response:
    await app.chats.choose_branch(visitor.session, chat_id, message_id)
    return to_chat(chat_id, anchor=f"message-{message_id}")


def to_chat(chat_id: UUID, anchor: str = "latest") -> RedirectResponse:
    return RedirectResponse(f"/chats/{chat_id}#{anchor}", status.HTTP_303_SEE_OTHER)


async def chat_page(
    app: Services, visitor: Visitor, chat_id: UUID, *, status_code: int = status.HTTP_200_OK, **composer: object
) -> HTMLResponse:
    content = await app.chats.page(visitor.session, chat_id)
    chat = content.chat
    page = app.templates.render(
        "pages/chat.html",
        chat=chat,
        chat_id=chat_id,
        sidebar=list_by_day(content.chats, visitor),
        model=await app.model_servers.current(),
        memory=await memory(app, chat),
        title_wanted=await app.titles.begin(visitor.session, chat) is not None,
        presets=content.presets,
        **(new_composer(app, chat.running_id) | composer),
    )
    return HTMLResponse(page, status_code)


async def memory(app: Services, chat: Chat) -> ContextUsage | None:
    """How full the model's memory is with this chat; None while nobody knows."""
    model = await app.model_servers.current()
    return context_usage_of(chat, model.context_tokens, app.settings.max_reply_tokens) if model else None


def new_composer(app: Services, running_id: UUID | None = None) -> dict[str, object]:
    """What a composer shows when nothing has been typed yet. While a reply runs, Stop stands in Send's place."""
    return {
        "content": "",
        "problem": None,
        "client_token": uuid4(),
        "max_chars": app.settings.max_message_chars,
        "running_id": running_id,
    }


async def sent(app: Services, opened: OpenedReply) -> HTMLResponse:
    """The two new messages, a fresh composer, and the title that the first message gave."""
    return HTMLResponse(
        app.templates.render(
            "partials/sent.html",
            chat=opened.chat,
            chat_id=opened.chat.id,
            sent=opened.message,
            reply=opened.reply,
            memory=await memory(app, opened.chat),
            **new_composer(app, opened.chat.running_id),
        )
    )


async def composer_again(
    app: Services,
    visitor: Visitor,
    chat_id: UUID,
    content: str,
    client_token: UUID,
    error: ParleyError,
    *,
    fragment: bool,
) -> Response:
    """The form once more, the text still in it, and a sentence that says what was wrong."""
    running_id = error.reply_id if isinstance(error, ReplyRunning) else None
    composer = new_composer(app, running_id) | {"content": content, "problem": str(error), "client_token": client_token}
    status_code = NOT_SENT[type(error)]
    if fragment:
        html = app.templates.render("partials/composer.html", chat_id=chat_id, **composer)
        response: Response = HTMLResponse(html, status_code, {"HX-Retarget": "#composer", "HX-Reswap": "outerHTML"})
    elif isinstance(error, DatabaseUnavailable):
        html = app.templates.render("pages/not_sent.html", chat_id=chat_id, sidebar=NO_CHATS, chat=None, **composer)
        response = HTMLResponse(html, status_code)
    else:
        response = await chat_page(app, visitor, chat_id, status_code=status_code, **composer)
    if status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    return response
