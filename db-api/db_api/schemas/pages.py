"""The data of a chat's page."""

from db_api.schemas.chats import ChatList, ChatWithPath
from db_api.schemas.fields import Outgoing
from db_api.schemas.presets import PresetRead


class PageRead(Outgoing):
    chat: ChatWithPath
    chats: ChatList
    """The first page of the list."""
    presets: list[PresetRead] | None
    """Null if the chat has messages or the user has no presets."""
