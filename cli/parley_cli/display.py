"""Three ways to show a growing reply: Markdown on a terminal, plain text in a pipe, or nothing until it ends."""

import re
import sys
from types import TracebackType

from markdown_it import MarkdownIt
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
"""Rich's own parser drops anything that looks like HTML, which a model may well write about."""

CONTROL_CODES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All control codes but tab and newline: they could move the cursor or rename the window."""

RECONNECTING = "Connection lost. Reconnecting…"
THINKING = "Thinking…"


class Output:
    """Shows nothing while the reply grows, for `--json`; the base of the other two."""

    def __enter__(self) -> "Output":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, text: str, note: str = "") -> None:
        """Show the reply's whole text so far, with a note on what is happening."""


class PlainOutput(Output):
    """For pipes and files: exactly the reply's text and a final newline."""

    def __init__(self) -> None:
        self._written = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._written and not self._written.endswith("\n") and kind is not BrokenPipeError:
            print()

    def show(self, text: str, note: str = "") -> None:  # noqa: ARG002
        if self._written.startswith(text):
            return
        kept = common_length(self._written, text)
        if kept < len(self._written):
            # A server was killed, and its unsaved text was generated again. A pipe cannot take back what it passed on.
            print("\nparley: the last words were generated again, as follows.", file=sys.stderr)
        print(text[kept:], end="", flush=True)
        self._written = text


class MarkdownOutput(Output):
    """For a terminal. Finished blocks are printed once; the open block is redrawn as it grows."""

    def __init__(self) -> None:
        self._console = Console()
        self._live = Live(Spinner("dots", "Waiting for the reply…"), console=self._console, transient=True)
        self._printed = 0
        self._text = ""

    def __enter__(self) -> "MarkdownOutput":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        self._print_until(len(self._text))

    def show(self, text: str, note: str = "") -> None:
        self._text = text
        self._print_until(self._printed + start_of_open_block(text[self._printed :]))
        rest = Tail(markdown(text[self._printed :]))
        self._live.update(Group(rest, Text(note, style="dim")) if note else rest)

    def _print_until(self, end: int) -> None:
        block = self._text[self._printed : end]
        if block.strip():
            if self._printed:
                self._console.print()
            self._console.print(markdown(block))
            self._printed = end


class Tail:
    """The last lines of the content that fit on the screen."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options.update(height=None), pad=False)
        for line in lines[-max(console.height - 2, 1) :]:
            yield from line
            yield Segment.line()


def start_of_open_block(text: str) -> int:
    """Return the offset of the last block, which may still grow."""
    first_lines = [token.map[0] for token in PARSER.parse(text) if token.level == 0 and token.map]
    return sum(len(line) for line in re.split(r"(?<=\n)", text)[: first_lines[-1]]) if first_lines else 0


def common_length(one: str, other: str) -> int:
    """Return the length of the common prefix."""
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        len(min(one, other, key=len)),
    )


def markdown(text: str) -> Markdown:
    shown = Markdown("")
    shown.parsed = PARSER.parse(harmless(text))
    return shown


def harmless(text: str) -> str:
    """Replace control codes that a terminal would obey."""
    return CONTROL_CODES.sub("\ufffd", text)


def is_screen() -> bool:
    """Whether standard output is a terminal that can move its cursor."""
    return sys.stdout.isatty() and not Console().is_dumb_terminal


def output_for(*, as_json: bool) -> Output:
    if as_json:
        return Output()
    return MarkdownOutput() if is_screen() else PlainOutput()
