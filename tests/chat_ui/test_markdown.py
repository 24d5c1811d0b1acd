import pytest
from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.markdown.render import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drivers.html import parse_html
from tests.support.fixtures.attacks import ATTACKS


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


def test_an_image_is_shown_as_a_link() -> None:
    html = render("![a cat](https://example.org/cat.png)")
    assert "<img" not in html
    assert 'href="https://example.org/cat.png"' in html


def test_links_open_safely() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render("[x](https://example.org)")


def test_code_gets_its_language_and_colours() -> None:
    page = parse_html(render("```python\nprint(1)\n```"))
    assert page.css_first(".code-language").text() == "python"
    assert page.css_first(".highlight .nb").text() == "print"


def assert_harmless(html: str) -> None:
    assert "<hx-" not in html
    for node in parse_html(f"<main>{html}</main>").css("main *"):
        assert node.tag not in ("script", "img", "svg", "iframe", "template", "style", "object"), html
        for name, value in node.attributes.items():
            assert not name.startswith(("on", "hx-", "data-", "style")), html
            assert not (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:")), html


def test_tasks_are_shown_as_done_or_to_do() -> None:
    page = parse_html(render("- [x] one *two*\n- [ ] three\n- four [x] five"))
    assert [task.attributes["aria-label"] for task in page.css("li.task-item .task")] == ["done", "to do"]
    assert page.css_first("li").text().strip() == "☑ one two"


def test_every_code_block_can_be_copied() -> None:
    page = parse_html(render("```\na\n```\n\n    b"))
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
    page = parse_html(render(text))
    assert [formula.text() for formula in page.css(".math")] == formulas
    assert not page.css(".pending")


def test_a_formula_is_one_from_its_first_sign_on() -> None:
    growing, text = GrowingMarkdown(), "It is so:\n\n\\[\na_1 * b_1\n= c * d\n\\]"
    for end in range(text.index("\\[") + 2, len(text) + 1):
        growing.grow(text[:end])
        page = parse_html(growing.open)
        assert page.css_first("div.math.display").text() == text[text.index("\\[") : end].rstrip("\n") or end == len(
            text
        )
        assert not page.css("em, h1")
        assert bool(page.css(".pending")) == (end < len(text))


def test_footnotes_have_ids_of_their_message() -> None:
    page = parse_html(
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
