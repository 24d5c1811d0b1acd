"""How a growing reply is shown: as Markdown on a terminal, as it comes in a pipe, or not before its end."""

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
"""Rich's own leaves out whatever looks like HTML, which a model may well talk about."""

CONTROL_CODES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""They could move the cursor or rename the window; a person's text has none but the tab and the line's end."""

AWAY = "The connection was lost; trying again…"
THINKING = "Thinking…"


class Output:
    """Not before its end: for `--json`, and for what the others do differently."""

    def __enter__(self) -> "Output":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, text: str, note: str = "") -> None:
        """The reply's whole text so far, and what happens meanwhile."""


class PlainOutput(Output):
    """For pipes and files: exactly the reply's text, and a line's end."""

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
            # A server was killed, and what it had not stored came out differently: a pipe takes nothing back.
            print("\nparley: the last words were written anew, as follows.", file=sys.stderr)
        print(text[kept:], end="", flush=True)
        self._written = text


class MarkdownOutput(Output):
    """For a terminal. Finished blocks are printed for good; the open one is drawn again as it grows."""

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
        self._print_until(self._printed + begin_of_open_block(text[self._printed :]))
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
    """As many of the last lines as the screen has room for."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options.update(height=None), pad=False)
        for line in lines[-max(console.height - 2, 1) :]:
            yield from line
            yield Segment.line()


def begin_of_open_block(text: str) -> int:
    """How many characters come before the last block, which may still grow."""
    begins = [token.map[0] for token in PARSER.parse(text) if token.level == 0 and token.map]
    return sum(len(line) for line in re.split(r"(?<=\n)", text)[: begins[-1]]) if begins else 0


def common_length(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        len(min(one, other, key=len)),
    )


def markdown(text: str) -> Markdown:
    shown = Markdown("")
    shown.parsed = PARSER.parse(harmless(text))
    return shown


def harmless(text: str) -> str:
    """Without codes that a terminal would obey."""
    return CONTROL_CODES.sub("\ufffd", text)


def is_screen() -> bool:
    """Somebody looks, at something that can move its cursor."""
    return sys.stdout.isatty() and not Console().is_dumb_terminal


def output_for(*, as_json: bool) -> Output:
    if as_json:
        return Output()
    return MarkdownOutput() if is_screen() else PlainOutput()
