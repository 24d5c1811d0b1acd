import re

import pytest
from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.markdown.render import parse_blocks, render
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token
from markdown_it.utils import EnvType

from tests.support.drivers.html import parse_html

ARTICLE = """# Title

A paragraph with **bold** and `code`
over two lines.

- one
- two

  still two
- three

1. first
2. second

| a | b |
|---|--:|
| 1 | 2 |

```python
def f():

    return 1
```

> quoted
> text

    indented code

Last words"""


@pytest.mark.parametrize("step", [1, 2, 3, 7, 50])
def test_a_text_that_grew_looks_like_the_whole_one(step: int) -> None:
    growing = GrowingMarkdown()
    for end in [*range(0, len(ARTICLE), step), len(ARTICLE)]:
        growing.grow(ARTICLE[:end])
    assert "".join(growing.blocks) + growing.open == render(ARTICLE)


FRAGMENTS = [
    *(
        "word",
        "Word two",
        " ",
        "  ",
        "\n",
        "\n\n",
        ". ",
        ".",
        ", ",
        ": ",
        ":",
        "!",
        "?",
        "(",
        ")",
        "'",
        '"',
        "1",
        "1.",
        "2)",
    ),
    *(
        "# ",
        "- ",
        "+ ",
        "> ",
        "    ",
        "```",
        "`",
        "**",
        "*",
        "_",
        "~~",
        "[",
        "]",
        "]: ",
        "](",
        "<",
        "&amp",
        ";",
        "|",
        "---",
    ),
    *("**word**", "`word`", "word. ", " word", "](b ", "\n1. ", "\n- ", "- [x] ", "\n===", " #"),
    *("www.", "example.org", "http://", "a@b", "\\", "é", "\u00a0", "\t", "\r", "[ ] ", "=", "/", "$", "$$", "[^1]"),
    *("<sub>", "</sub>", "<br>", "\\[", "\\]", "\n    - ", "\n```md\n", "中", "\uff08", "https://a", "\n[a]: b", "[a]"),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14), st.integers(1, 4))
@settings(max_examples=1000, deadline=None, derandomize=True)
def test_any_text_that_grew_looks_like_the_whole_one(fragments: list[str], step: int) -> None:
    growing = GrowingMarkdown()
    for count in range(0, len(fragments) + 1, step):
        text = "".join(fragments[:count])
        growing.grow(text)
        # As if the open block had just been parsed. Finished blocks are not: alone, they may be parsed differently.
        expected = GrowingMarkdown()
        expected.blocks, expected.ends = list(growing.blocks), list(growing.ends)
        expected._referred = set(growing._referred)
        expected.grow(text)
        assert trimmed(growing.open) == trimmed(expected.open)


def trimmed(html: str) -> str:
    """Without the white space that ends code, which is invisible."""
    return re.sub(r"\s+</code></pre>", "</code></pre>", html)


def test_code_behind_code_gets_its_colours_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    growing, code = GrowingMarkdown(), "def area(r: float) -> float:\n    return 3.14 * r < 2\n\n" * 30
    grown, parse = [f"```python\n{code[:end]}" for end in range(0, len(code), 5)], parse_blocks
    expected = [code_of(render(text)) for text in grown]
    parsed: list[str] = []

    def note_and_parse(text: str, env: EnvType) -> list[list[Token]]:
        parsed.append(text)
        return parse(text, env)

    monkeypatch.setattr("chat_ui.markdown.growing.parse_blocks", note_and_parse)
    for text, code_so_far in zip(grown, expected, strict=True):
        growing.grow(text)
        assert code_of(growing.open) == code_so_far
    assert len(parsed) < 20 < len(grown) / 10
    assert growing.open.count("<span") > 150
    growing.grow(f"```python\n{code}```")
    assert growing.open == render(f"```python\n{code}```")


def code_of(html: str) -> str:
    """The code alone, without the white space that ends it."""
    return parse_html(html).css_first("code").text().rstrip()


def test_a_line_that_may_close_code_is_parsed() -> None:
    growing, text = GrowingMarkdown(), "```\nabc\n  ```\nAnd *so* on."
    for end in range(len(text) + 1):
        growing.grow(text[:end])
    assert "".join(growing.blocks) + growing.open == render(text)


def test_words_behind_words_are_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    growing = GrowingMarkdown()
    growing.grow("1. A **list** whose last item\n2. is open")
    monkeypatch.setattr("chat_ui.markdown.growing.parse_blocks", None)
    growing.grow("1. A **list** whose last item\n2. is open, and grows (as they do).")
    assert growing.open.endswith("<li>is open, and grows (as they do).</li>\n</ol>\n")


@pytest.mark.parametrize("begin", ["a **b**", "`a`,", "see www.example.org", "is this *so*?", "1024", 'the "a".'])
def test_words_behind_what_is_closed_are_not_parsed_again(begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render(f"- {begin} and more.\n\n")
    growing = GrowingMarkdown()
    growing.grow(f"- {begin}")
    monkeypatch.setattr("chat_ui.markdown.growing.parse_blocks", None)
    growing.grow(f"- {begin} and more.\n")
    growing.grow(f"- {begin} and more.\n\n")
    assert growing.open == whole


def test_a_link_may_have_a_title_of_words() -> None:
    growing = GrowingMarkdown()
    for text in ('[a](b "its title', '[a](b "its title is")'):
        growing.grow(text)
    assert growing.open == render('[a](b "its title is")')


def test_what_a_finished_block_defines_is_known_from_then_on() -> None:
    definitions = "[docs]: https://a.example\n\n[^a]: A note.\n\n"
    text = f"{definitions}See [docs] and [the docs][docs].[^a]\n\nAgain: [docs] and [^a]\n\nEnd"
    growing = GrowingMarkdown()
    for end in range(len(text) + 1):
        growing.grow(text[:end])
    assert "".join(growing.blocks) + growing.open == render(text)
    assert growing.blocks[-1].count("<a ") == 2


def test_finished_blocks_are_never_rendered_again() -> None:
    growing, seen = GrowingMarkdown(), list[str]()
    for end in range(len(ARTICLE) + 1):
        growing.grow(ARTICLE[:end])
        assert growing.blocks[: len(seen)] == seen
        seen = list(growing.blocks)
    assert len(seen) > 6
