"""Every word of a reply's text is in the page's text."""

import re

import pytest
from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.markdown.render import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drivers.html import parse_html

WORDS = st.integers(100, 999).map(lambda number: f"word{number}")
SPACES = st.sampled_from(["", " ", "  ", "    ", "      ", "        ", "\t"])
BLOCKS = st.sampled_from(
    [
        "",
        "- ",
        "* ",
        "12. ",
        "1) ",
        "> ",
        "> > ",
        "# ",
        "- [ ] ",
        "[1]: ",
        "[^1]: ",
        "| ",
        "\\[ ",
        "$$ ",
        "> - ",
        "- > ",
    ]
)
INLINES = st.sampled_from(
    [
        *(
            "{}",
            "**{}**",
            "*{}",
            "~~{}~~",
            "`{}`",
            "``{}`",
            "[{}]",
            "[{}](http://a.example)",
            "![{}](http://a.example)",
        ),
        *("<b>{}</b>", "<{}>", "<!-- {} -->", "<sub>{}</sub>", "<kbd>{}", "$ {} $", "\\({}\\)", "{} | {}", "[{}][1]"),
        *("[^{}]", "https://example.org/{}", "www.example.org/{}", "{}@example.org", "/usr/{}/bin", "v1.{}", "&amp;{}"),
        *("({})", "{}\\", '<a href="{}">', "[x](<{}", "[{}]: ", "](<{}>)", "--{}--", "{}:", "_{}_", "{}<br>{}"),
    ]
)
MARKS = [
    "\n",
    "\n\n",
    "\n---\n",
    "\n===\n",
    "\n```\n",
    "\n```python\n",
    "\n~~~\n",
    "\n|-|-|\n",
    "\n\\]\n",
    "\n\n\n",
    "  \n",
    "\\\n",
]


@st.composite
def markdown(draw: st.DrawFn) -> str:
    text = ""
    for _ in range(draw(st.integers(1, 12))):
        text += draw(SPACES) + draw(BLOCKS)
        for _ in range(draw(st.integers(1, 3))):
            text += draw(INLINES).replace("{}", draw(WORDS)) + draw(st.sampled_from([" ", ""]))
        text += draw(st.sampled_from(MARKS))
    return text


@given(markdown())
@settings(max_examples=300, deadline=None)
def test_every_word_is_shown(text: str) -> None:
    assert lost_words(text, render(text)) == set()


@given(markdown(), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_every_word_is_shown_while_the_text_grows(text: str, step: int) -> None:
    growing = GrowingMarkdown()
    for end in [*range(0, len(text), step), len(text)]:
        growing.grow(text[:end])
        assert lost_words(text[:end], "".join(growing.blocks) + growing.open) == set()


def lost_words(text: str, html: str) -> set[str]:
    shown = parse_html(f"<main>{html}</main>").css_first("main").text()
    return {word for word in re.findall(r"word\d{3}", text) if word not in shown}


@pytest.mark.parametrize("marker", ["- ", "1. ", "> ", "* ", "+ ", "> - ", "[^1]: "])
@pytest.mark.parametrize("depth", [5, 10, 20, 50, 200])
def test_a_word_in_the_deepest_block_is_shown(marker: str, depth: int) -> None:
    one_line = f"{marker * depth}word123"
    indent = " " * len(marker)
    lines = "\n".join(f"{indent * level}{marker}word{level + 100}" for level in range(depth))
    for text in (one_line, lines):
        assert lost_words(text, render(text)) == set()


def test_lists_are_lists_to_the_twelfth_level() -> None:
    page = parse_html(render("\n".join(f"{'  ' * level}- level {level}" for level in range(12))))
    assert len(page.css("ul")) == 12


def test_sources_at_the_end_are_shown_with_their_links() -> None:
    page = parse_html(render('As said.\n\n[1]: https://a.example/x "A title"\n[2]: <https://b.example>\n'))
    assert page.css("p")[-1].text().strip() == '[1]: https://a.example/x "A title"\n[2]: https://b.example'
    assert [link.attributes["href"] for link in page.css("a")] == ["https://a.example/x", "https://b.example"]


def test_a_source_that_is_referred_to_is_a_link_and_shown() -> None:
    page = parse_html(render("See [the docs][docs] and [docs].\n\n[docs]: https://a.example"))
    assert [link.text() for link in page.css("a")] == ["the docs", "docs", "https://a.example"]


def test_a_row_shows_all_of_its_cells() -> None:
    page = parse_html(render("| a | b |\n|---|--:|\n| 1 | 2 | 3 |\n| 4 |"))
    assert [[cell.text() for cell in row.css("td")] for row in page.css("tbody tr")] == [["1", "2", "3"], ["4"]]


def test_what_stands_behind_the_language_of_code_is_shown() -> None:
    assert (
        parse_html(render("```python title=main.py\nx\n```")).css_first(".code-language").text()
        == "python title=main.py"
    )


@pytest.mark.parametrize(
    "text", ["a <b>bold</b> c", "std::vector<int>", "<think>", "<script>x</script>", "<!-- x -->", "</p>"]
)
def test_other_html_is_text(text: str) -> None:
    assert parse_html(render(text)).css_first("p").text() == text
