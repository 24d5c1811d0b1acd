"""The repository's Markdown documents, read for what they link to, name and have a reader type."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
SHELL = ("sh", "bash")


@dataclass(frozen=True)
class Span:
    """Inline code, or the address of a link."""

    document: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.text}"


@dataclass(frozen=True)
class ShellBlock:
    document: str
    line: int
    language: str
    text: str
    note: str
    """The HTML comment right above it, which says what runs the block or why nothing does."""

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@cache
def repository_files() -> frozenset[str]:
    """Every file that git tracks or would track, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return frozenset(path for path in listed if (ROOT / path).exists())


@cache
def documents() -> tuple[str, ...]:
    return tuple(sorted(path for path in repository_files() if path.endswith(".md")))


@cache
def _tokens(document: str) -> tuple[Token, ...]:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return tuple(parser.parse((ROOT / document).read_text()))


def _inline(document: str) -> Iterator[tuple[int, Token]]:
    for token in _tokens(document):
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or ():
            yield line, child


def code_spans(document: str) -> list[Span]:
    return [Span(document, line, token.content) for line, token in _inline(document) if token.type == "code_inline"]


def links(document: str) -> list[Span]:
    """Addresses of links and images within the repository."""
    found = []
    for line, token in _inline(document):
        address = str(token.attrGet("href") or token.attrGet("src") or "")
        if address and not re.match(r"[a-z]+:", address):
            found.append(Span(document, line, address))
    return found


def headings(document: str) -> set[str]:
    """The anchors that GitHub gives a document's headings."""
    tokens = _tokens(document)
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def shell_blocks(document: str) -> list[ShellBlock]:
    blocks, note = [], ""
    for token in _tokens(document):
        if token.type == "fence" and token.info in SHELL and token.map:
            blocks.append(ShellBlock(document, token.map[0] + 1, token.info, token.content, note))
        comment = re.fullmatch(r"<!--\s*(.*?)\s*-->\s*", token.content, re.DOTALL)
        note = comment[1] if token.type == "html_block" and comment else ""
    return blocks
