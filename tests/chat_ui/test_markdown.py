import pytest
from chat_ui.markdown import GrowingMarkdown, render
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

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

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](javascript:alert(1))",
    '[x](http://a "<hx-partial hx-target=body>")',
    '[x](http://a "onmouseover=alert(1)")',
    "<hx-partial hx-target='body'><b>",
    '```"><script>alert(1)</script>\ncode\n```',
    "```<hx-partial >\ncode\n```",
    "<a href='javascript:alert(1)'>x</a>",
    "| <b onclick=x> |\n|---|\n| <iframe> |",
    "https://example.org/<script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_becomes_markup(attack: str) -> None:
    for end in range(len(attack) + 1):
        assert_harmless(render(attack[:end]))


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
