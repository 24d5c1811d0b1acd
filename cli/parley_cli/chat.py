"""`parley chat`: one question, or a conversation."""

import json
import sys
from contextlib import suppress
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console

from parley_cli.api import Api, Json
from parley_cli.config import load_config
from parley_cli.display import RECONNECTING, THINKING, Output, is_screen, output_for
from parley_cli.errors import CliError, Interrupted, NothingToAsk
from parley_cli.options import AsJson
from parley_cli.reply import Reply

Message = Annotated[
    str | None, typer.Argument(show_default=False, help="What to ask. Standard input is appended to it.")
]
Conversation = Annotated[
    UUID | None,
    typer.Option("--conversation", "-c", metavar="ID", show_default=False, help="Continue this conversation."),
]
Last = Annotated[bool, typer.Option("--last", "-l", help="Continue the most recently used conversation.")]

notes = Console(stderr=True, highlight=False, style="dim")


def chat(
    message: Message = None, conversation: Conversation = None, *, last: Last = False, as_json: AsJson = False
) -> None:
    """Ask, and watch the answer being written. Without a message, start a conversation. Ctrl-C stops the reply."""
    question = whole_question(message)
    interactive = message is None and sys.stdin.isatty() and is_screen() and not as_json
    if not question and not interactive:
        raise NothingToAsk('There is nothing to ask: pass a message, as in parley chat "Hello", or pipe one in.')
    api = Api(load_config())
    conversation_id = str(conversation) if conversation else api.last_conversation() if last else None
    if interactive:
        converse(api, conversation_id)
    else:
        ask(api, question, conversation_id, as_json=as_json)


def whole_question(message: str | None) -> str:
    """Return the message followed by the piped input."""
    piped = "" if sys.stdin.isatty() else read_stdin()
    return "\n\n".join(part for part in ((message or "").strip(), piped.strip("\n")) if part.strip())


def read_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise CliError("The piped input is not UTF-8 text.") from error


def ask(api: Api, question: str, conversation_id: str | None, *, as_json: bool = False) -> None:
    reply = Reply(api, question, conversation_id)
    try:
        with output_for(as_json=as_json) as output:
            show(reply, output)
    finally:
        if as_json and reply.end:
            print(
                json.dumps(
                    {"response": reply.text, "reasoning": reply.reasoning or None} | reply.end, ensure_ascii=False
                )
            )


def show(reply: Reply, output: Output) -> None:
    """Ask, and show the reply as it grows.

    Raises:
        CliError: there is no reply, or it failed.
        Interrupted: a signal arrived; the reply is stopped and its text shown.
    """
    try:
        reply.start()
        for text in reply.follow():
            output.show(text, RECONNECTING if reply.reconnecting else THINKING if reply.thinking else "")
    except Interrupted:
        with suppress(CliError):
            reply.stop()
            output.show(reply.text)
        raise
    except BrokenPipeError:  # the reader of the pipe is gone
        with suppress(CliError):
            reply.stop()
        raise
    check_end(reply.end or {})


def check_end(end: Json) -> None:
    if end["status"] == "failed":
        raise CliError(end["error"] or "The reply failed.")
    if end["finish_reason"] == "length":
        notes.print("The reply was cut off at the length limit.")


def converse(api: Api, conversation_id: str | None) -> None:
    """Ask question after question until Ctrl-D."""
    with suppress(ImportError):
        import readline  # noqa: F401 - gives input() line editing and history
    notes.print(f"Parley at {api.url}. Ctrl-C stops a reply, Ctrl-D quits.")
    while True:
        try:
            question = input("\n> ").strip()
        except EOFError:
            break
        if question:
            conversation_id = take_turn(api, question, conversation_id)
    if conversation_id:
        notes.print(f"\nTo continue: parley chat --conversation {conversation_id}")


def take_turn(api: Api, question: str, conversation_id: str | None) -> str | None:
    """Ask one question, report any error, and return the conversation's id if there is one by now."""
    print()
    reply = Reply(api, question, conversation_id)
    try:
        with output_for(as_json=False) as output:
            show(reply, output)
    except CliError as error:
        notes.print(str(error))
    except Interrupted as interrupted:
        if not interrupted.by_keyboard:
            raise
        notes.print("Stopped.")
    return reply.conversation_id
