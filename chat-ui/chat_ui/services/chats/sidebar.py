"""A person's chats for the sidebar, grouped by the day of last use in that person's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from chat_ui.clients.database.chats import ChatsClient
from chat_ui.language.translation import gettext as _
from chat_ui.language.translation import marked
from chat_ui.models.chats import ChatPage, ChatSummary
from chat_ui.models.people import Visitor

WEEK_DAYS = 7
MONTH_DAYS = 30

MONTHS = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)


@dataclass(frozen=True)
class Group:
    label: str
    chats: Sequence[ChatSummary]


@dataclass(frozen=True)
class ChatList:
    """A part of a person's chats, and the cursor of the next part."""

    groups: Sequence[Group] = ()
    next: str | None = None
    archived: bool = False
    under: str | None = None
    """The last label of the previous part, which is not repeated."""

    known: bool = True
    """Whether the browser has a session, and so perhaps chats."""

    def __bool__(self) -> bool:
        return bool(self.groups)


NO_CHATS = ChatList(known=False)


async def read_chat_list(
    chats: ChatsClient,
    visitor: Visitor | None,
    *,
    before: str | None = None,
    archived: bool = False,
    under: str | None = None,
) -> ChatList:
    """The list from the cursor on; empty for a browser without a session."""
    if visitor is None:
        return NO_CHATS
    page = await chats.list(visitor.session, before=before, archived=archived)
    return list_by_day(page, visitor, archived=archived, under=under)


def list_by_day(
    page: ChatPage,
    visitor: Visitor,
    *,
    archived: bool = False,
    under: str | None = None,
    open_chat: ChatSummary | None = None,
) -> ChatList:
    """The list's first part; an open chat that is not in it stands above it."""
    groups = group_by_day(page, visitor.zone)
    if open_chat and all(chat.id != open_chat.id for chat in page.items):
        groups.insert(0, Group(_("Open now"), (open_chat,)))
    return ChatList(groups, page.next, archived, under)


def group_by_day(page: ChatPage, zone: ZoneInfo) -> list[Group]:
    today = datetime.now(zone).date()
    groups = groupby(page.items, lambda chat: _label(chat, zone, today))
    return [Group(label, tuple(chats)) for label, chats in groups]


def _label(chat: ChatSummary, zone: ZoneInfo, today: date) -> str:
    return _("Pinned") if chat.pinned else day_label(chat.updated_at.astimezone(zone).date(), today)


def day_label(day: date, today: date) -> str:
    """
    >>> [day_label(date(2026, 3, day), date(2026, 3, 31)) for day in (31, 30, 24, 1)]
    ['Today', 'Yesterday', 'Last 7 days', 'Last 30 days']
    >>> day_label(date(2026, 2, 28), date(2026, 3, 31))
    'February 2026'
    """
    age = (today - day).days
    if age <= 0:
        return _("Today")
    if age == 1:
        return _("Yesterday")
    if age <= WEEK_DAYS:
        return _("Last 7 days")
    return _("Last 30 days") if age <= MONTH_DAYS else f"{_(MONTHS[day.month - 1])} {day.year}"
