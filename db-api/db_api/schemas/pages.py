"""What a chat's page shows."""

from db_api.schemas.chats import ChatList, ChatWithPath
from db_api.schemas.fields import Outgoing
from db_api.schemas.presets import PresetRead


class PageRead(Outgoing):
    chat: ChatWithPath
    chats: ChatList
    """The begin of the list."""
    presets: list[PresetRead] | None
    """While the chat is empty, where its user has any."""
