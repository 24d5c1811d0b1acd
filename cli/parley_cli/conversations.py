"""`parley ls`, `show` and `rm`."""

import json
import sys
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from parley_cli.api import Api, Json
from parley_cli.config import load_config
from parley_cli.display import harmless, is_screen, markdown
from parley_cli.options import AsJson

Words = Annotated[
    str | None,
    typer.Option("--search", "-s", metavar="WORDS", show_default=False, help="Only conversations with these words."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most this many.")]
Archived = Annotated[bool, typer.Option("--archived", help="List the archive instead.")]
ConversationId = Annotated[UUID, typer.Argument(metavar="ID", show_default=False, help="An id from parley ls.")]
ConversationIds = Annotated[list[UUID], typer.Argument(metavar="ID…", show_default=False, help="Ids from parley ls.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]

WRITTEN_BY = {"user": "You", "assistant": "Parley", "system": "Instructions"}


def ls(words: Words = None, limit: Limit = 20, *, archived: Archived = False, as_json: AsJson = False) -> None:
    """List conversations: pinned first, then most recently used. In a pipe: id, time and title, tab-separated."""
    chats = list(Api(load_config()).conversations(limit, words, archived=archived))
    if as_json:
        print(json.dumps(chats, ensure_ascii=False))
    elif is_screen():
        console = Console()
        console.print(table_of(chats, console.width) if chats else "No conversations.")
    else:
        for chat in chats:
            print(chat["id"], chat["updated_at"], title_of(chat), sep="\t")


def table_of(chats: list[Json], width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("title", no_wrap=True, max_width=max(width - 56, 10))  # leaves room for a whole time and id
    table.add_column("last used", no_wrap=True)
    table.add_column("id", no_wrap=True)
    for chat in chats:
        used = datetime.fromisoformat(chat["updated_at"]).astimezone()
        table.add_row(Text(title_of(chat)), f"{used:%Y-%m-%d %H:%M}", Text(chat["id"], style="dim"))
    return table


def title_of(chat: Json) -> str:
    return " ".join(harmless(chat["title"] or chat["name"] or "New chat").split())


def show(conversation_id: ConversationId, *, as_json: AsJson = False) -> None:
    """Show a conversation. In a pipe: as Markdown."""
    chat = Api(load_config()).get(f"/v1/conversations/{conversation_id}")
    if as_json:
        print(json.dumps(chat, ensure_ascii=False))
    elif is_screen():
        show_on(Console(), chat)
    else:
        print(f"# {title_of(chat)}")
        for message in chat["messages"]:
            print(f"\n## {heading_of(message)}\n\n{message['content']}")


def show_on(console: Console, chat: Json) -> None:
    console.print(Text(title_of(chat), style="bold"))
    for message in chat["messages"]:
        console.print(Rule(heading_of(message), align="left", style="dim"))
        console.print(markdown(message["content"]))


def heading_of(message: Json) -> str:
    author = WRITTEN_BY.get(message["role"], message["role"])
    return str(author) if message["status"] == "complete" else f"{author} ({message['status']})"


def rm(conversation_ids: ConversationIds, *, yes: Yes = False) -> None:
    """Delete conversations. On a terminal, ask for confirmation first."""
    if sys.stdin.isatty() and not yes:
        typer.confirm(f"Delete {len(conversation_ids)} conversation{'s'[: len(conversation_ids) > 1]}?", abort=True)
    api = Api(load_config())
    for conversation_id in conversation_ids:
        api.call("DELETE", f"/v1/conversations/{conversation_id}")
