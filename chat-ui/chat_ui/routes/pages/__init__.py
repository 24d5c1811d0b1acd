"""The pages for people."""

from chat_ui.routes.pages import (
    chat_actions,
    chat_settings,
    chats,
    home,
    keys,
    new_chat,
    offline,
    preferences,
    prefill,
    presets,
    replies,
    search,
    titles,
)

# The most requested first: FastAPI tries one router after the other.
routers = (
    new_chat.router,  # before the addresses of chats, one of which it would be
    chats.router,
    replies.router,
    prefill.router,
    home.router,
    search.router,
    chat_actions.router,
    chat_settings.router,
    keys.router,
    offline.router,
    preferences.router,
    presets.router,
    titles.router,
)
