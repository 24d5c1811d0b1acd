"""Exported chats: their files' names, and Markdown in which every message stands for itself."""

# ruff: noqa: RUF001 - letters of other scripts

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from chat_ui.models.chats import Chat, Message, Role, Status
from chat_ui.services.chats.export import Format, export, file_name
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def chat_of(*texts: str, title: str = "A chat") -> Chat:
    chat_id = uuid4()
    path = tuple(
        Message(
            id=uuid4(),
            chat_id=chat_id,
            parent_id=None,
            role=Role.USER if place % 2 == 0 else Role.ASSISTANT,
            content=text,
            status=Status.COMPLETE,
            created_at=NOW,
        )
        for place, text in enumerate(texts)
    )
    return Chat(id=chat_id, name=None, title=title, created_at=NOW, updated_at=NOW, path=path)


def headings(markdown: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(markdown)
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    return [tokens[place + 1].content for place in places]


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1",
        "~~~~\nx",
        "``````\n```\nx\n```",
        "   ```\nx",
        "- a list:\n  ```\n  x",
        "> ```\n> x",
        "````markdown\n```python\nx\n```",
        "<!-- a comment",
        "<pre>\nx\n\ny",
        "<script>\nx",
        "<STYLE>\nx",
        "<textarea>\n\nx",
        "<?php\n\nx",
        "<![CDATA[\n\nx",
        "<!DOCTYPE\n\nx",
        "x\n```\ny\n```",
        "[a]: <",
        "",
    ],
)
def test_an_open_block_ends_with_its_message(text: str) -> None:
    exported = export(chat_of(text, "Fine."), Format.MARKDOWN)
    assert headings(exported)[-1] == "Parley"
    assert text in exported
    assert headings(export(chat_of("Why?", text, "And?"), Format.MARKDOWN))[-1] == "You"


PIECES = [
    "```",
    "````",
    "~~~",
    "`",
    "~",
    "\n",
    "\n\n",
    " ",
    "   ",
    "    ",
    "> ",
    "- ",
    "1. ",
    "<pre>",
    "<!--",
    "-->",
    "x",
    "<!",
    ">",
]


@given(
    st.lists(st.sampled_from([*PIECES, "</pre>", "<?", "<script>", "</script>", "#", "| a |"]), max_size=12).map(
        "".join
    )
)
def test_no_message_swallows_the_next_one(text: str) -> None:
    assert headings(export(chat_of("Why?", text, "And?"), Format.MARKDOWN))[-1] == "You"


def test_a_message_without_an_open_block_stays_as_it_is() -> None:
    text = "Look:\n```python\nx = 1\n```\n\n<pre>x</pre>"
    assert export(chat_of(text), Format.MARKDOWN) == f"# A chat\n\n## You\n\n{text}\n"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("हिन्दी में प्रश्न", "हिन्दी में प्रश्न.md"),
        ("ภาษาไทยที่นี่", "ภาษาไทยที่นี่.md"),
        ("می\u200cخواهم", "می\u200cخواهم.md"),
        ("Intro to C# and C++", "Intro to C# and C++.md"),
        ("a/b\\c:d*e?f", "a b c d e f.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("-rf", "rf.md"),
        ("con", "chat con.md"),
        ("…", "chat.md"),
        ("a\u202eb", "a b.md"),
        ("ก\u0e34" * 100, "ก\u0e34" * 30 + ".md"),
    ],
)
def test_a_files_name_keeps_letters_with_their_marks(title: str, name: str) -> None:
    assert file_name(chat_of(title=title), Format.MARKDOWN) == name
