import re

import pytest
from chat_ui import markdown
from chat_ui.markdown import _MAY_BE_ADDRESS, GrowingMarkdown, render
from hypothesis import given, settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from selectolax.lexbor import LexborHTMLParser

from tests.support.attacks import ATTACKS

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


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_becomes_markup_however_far_it_is_written(attack: str) -> None:
    growing = GrowingMarkdown("m-")
    for end in range(len(attack) + 1):
        assert_harmless(render(attack[:end]))
        growing.grow(attack[:end])
        assert_harmless("".join(growing.blocks) + growing.open)


@given(st.text(st.sampled_from("<>\"'`[]()!*_-|#&:;/= \nahxjsronp"), max_size=80))
@settings(max_examples=300, deadline=None)
def test_no_text_becomes_dangerous_markup(text: str) -> None:
    assert_harmless(render(text))


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
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14), st.integers(1, 4))
@settings(max_examples=1000, deadline=None, derandomize=True)
def test_any_text_that_grew_looks_like_the_whole_one(fragments: list[str], step: int) -> None:
    growing = GrowingMarkdown()
    for count in range(0, len(fragments) + 1, step):
        text = "".join(fragments[:count])
        growing.grow(text)
        # As if the open block had been parsed at once; blocks that stand alone are another matter.
        expected = GrowingMarkdown()
        expected.blocks, expected.ends = list(growing.blocks), list(growing.ends)
        expected._referred = set(growing._referred)
        expected.grow(text)
        assert trimmed(growing.open) == trimmed(expected.open)


def trimmed(html: str) -> str:
    """Without the blank space that ends code, where nobody sees it."""
    return re.sub(r"\s+</code></pre>", "</code></pre>", html)


def test_code_behind_code_gets_its_colours_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    growing, code, parsed = GrowingMarkdown(), "def area(r: float) -> float:\n    return 3.14 * r < 2\n\n" * 30, []
    grown, parse = [f"```python\n{code[:end]}" for end in range(0, len(code), 5)], markdown._markdown.parse
    expected = [code_of(render(text)) for text in grown]
    monkeypatch.setattr(markdown._markdown, "parse", lambda *arguments: parsed.append(1) or parse(*arguments))
    for text, code_so_far in zip(grown, expected, strict=True):
        growing.grow(text)
        assert code_of(growing.open) == code_so_far
    assert len(parsed) < 20 < len(grown) / 10
    assert growing.open.count("<span") > 300
    growing.grow(f"```python\n{code}```")
    assert growing.open == render(f"```python\n{code}```")


def code_of(html: str) -> str:
    """The code alone, without the blank space that ends it."""
    return LexborHTMLParser(html).css_first("code").text().rstrip()


def test_a_line_that_may_close_code_is_parsed() -> None:
    growing, text = GrowingMarkdown(), "```\nabc\n  ```\nAnd *so* on."
    for end in range(len(text) + 1):
        growing.grow(text[:end])
    assert "".join(growing.blocks) + growing.open == render(text)


def test_words_behind_words_are_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    growing = GrowingMarkdown()
    growing.grow("1. A **list** whose last item\n2. is open")
    monkeypatch.setattr("chat_ui.markdown._markdown", None)
    growing.grow("1. A **list** whose last item\n2. is open, and grows (as they do).")
    assert growing.open.endswith("<li>is open, and grows (as they do).</li>\n</ol>\n")


@pytest.mark.parametrize("begin", ["a **b**", "`a`,", "see www.example.org", "is this *so*?", "1024", 'the "a".'])
def test_words_behind_what_is_closed_are_not_parsed_again(begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render(f"- {begin} and more.\n\n")
    growing = GrowingMarkdown()
    growing.grow(f"- {begin}")
    monkeypatch.setattr("chat_ui.markdown._markdown", None)
    growing.grow(f"- {begin} and more.\n")
    growing.grow(f"- {begin} and more.\n\n")
    assert growing.open == whole


def test_a_link_may_have_a_title_of_words() -> None:
    growing = GrowingMarkdown()
    for text in ('[a](b "its title', '[a](b "its title is")'):
        growing.grow(text)
    assert growing.open == render('[a](b "its title is")')


def test_finished_blocks_are_never_rendered_again() -> None:
    growing, seen = GrowingMarkdown(), []
    for end in range(len(ARTICLE) + 1):
        growing.grow(ARTICLE[:end])
        assert growing.blocks[: len(seen)] == seen
        seen = list(growing.blocks)
    assert len(seen) > 6


def test_an_image_is_shown_as_a_link() -> None:
    html = render("![a cat](https://example.org/cat.png)")
    assert "<img" not in html
    assert 'href="https://example.org/cat.png"' in html


def test_links_open_safely() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render("[x](https://example.org)")


@given(st.text(alphabet="ab1.:/@-_? \n()*", max_size=40))
def test_every_bare_address_is_a_link(text: str) -> None:
    found = LinkifyIt().match(text) or []
    assert not found or _MAY_BE_ADDRESS.search(text)


@pytest.mark.parametrize("address", ["https://a.example/b", "www.example.com", "example.com", "a@example.com"])
def test_an_address_in_a_sentence_is_a_link(address: str) -> None:
    assert f">{address}</a>" in render(f"It is at {address}, as they say")


def test_code_gets_its_language_and_colours() -> None:
    page = LexborHTMLParser(render("```python\nprint(1)\n```"))
    assert page.css_first(".code-language").text() == "python"
    assert page.css_first(".highlight .nb").text() == "print"


def assert_harmless(html: str) -> None:
    assert "<hx-" not in html
    for node in LexborHTMLParser(f"<main>{html}</main>").css("main *"):
        assert node.tag not in ("script", "img", "svg", "iframe", "template", "style", "object"), html
        for name, value in node.attributes.items():
            assert not name.startswith(("on", "hx-", "data-", "style")), html
            assert not (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:")), html


def test_tasks_are_shown_as_done_or_to_do() -> None:
    page = LexborHTMLParser(render("- [x] one *two*\n- [ ] three\n- four [x] five"))
    assert [task.attributes["aria-label"] for task in page.css("li.task-item .task")] == ["done", "to do"]
    assert page.css_first("li").text().strip() == "☑ one two"


def test_every_code_block_can_be_copied() -> None:
    page = LexborHTMLParser(render("```\na\n```\n\n    b"))
    assert len(page.css(".code > .code-header > button.copy-code[type=button]")) == 2


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"\(a_1 * b_1 * c\) and $x$", [r"\(a_1 * b_1 * c\)", "$x$"]),
        ("the $n$th of $2x + 3$", ["$n$", "$2x + 3$"]),
        ("in $$x$$.", ["$$x$$"]),
        ("As follows:\n\\[\nx\n= y\n\\]\nDone", ["\\[\nx\n= y\n\\]"]),
        ("- one\n  $$\n  x\n  $$\n- two", ["$$\nx\n$$"]),
        ("> $$x$$", ["$$x$$"]),
        ("$5 and $6", []),
        ("US$5, A$6, $7-$8, or 9$ or 10$", []),
        ("from $5 to US$", []),
        ("$HOME/$USER and $PATH", []),
        (r"\$5$ and `$x$`", []),
        ("```\n$$x$$\n```", []),
        ("$$\n\nno formula", []),
    ],
)
def test_formulas_are_found_and_prices_are_not(text: str, formulas: list[str]) -> None:
    page = LexborHTMLParser(render(text))
    assert [formula.text() for formula in page.css(".math")] == formulas
    assert not page.css(".pending")


def test_a_formula_is_one_from_its_first_sign_on() -> None:
    growing, text = GrowingMarkdown(), "It is so:\n\n\\[\na_1 * b_1\n= c * d\n\\]"
    for end in range(text.index("\\[") + 2, len(text) + 1):
        growing.grow(text[:end])
        page = LexborHTMLParser(growing.open)
        assert page.css_first("div.math.display").text() == text[text.index("\\[") : end].rstrip("\n") or end == len(
            text
        )
        assert not page.css("em, h1")
        assert bool(page.css(".pending")) == (end < len(text))


def test_footnotes_have_ids_of_their_message() -> None:
    page = LexborHTMLParser(
        render("One[^1] two[^a] and one again[^1], none[^2], not [^a-z ]\n\n[^1]: First.\n[^a]: A.", "m-")
    )
    assert [ref.attributes["href"] for ref in page.css("sup a")] == ["#m-note-1", "#m-note-a", "#m-note-1"]
    assert [ref.attributes.get("id") for ref in page.css("sup a")] == ["m-from-note-1", "m-from-note-a", None]
    assert [note.attributes["id"] for note in page.css(".footnote")] == ["m-note-1", "m-note-a"]
    assert "none[^2], not [^a-z ]" in page.text()


def test_a_footnote_that_is_still_to_come_is_led_to() -> None:
    text = "One.[^1]\n\nTwo.[^1]\n\n[^1]: Note.\n\n    More of it.\n\nLast."
    growing = GrowingMarkdown("m-")
    for end in range(len(text) + 1):
        growing.grow(text[:end])
    assert "".join(growing.blocks) + growing.open == render(text, "m-")
