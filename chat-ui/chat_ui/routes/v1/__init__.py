"""The API for programs."""

from chat_ui.routes.v1 import chat, completions, conversations, openapi, replies, responses

routers = (
    openapi.router,
    chat.router,
    conversations.router,
    replies.router,
    completions.router,
    responses.router,
)
