"""The time to render a text grows with its length, not with its square, whatever the text is: it blocks everybody."""

import time
from collections.abc import Callable
from functools import partial
from itertools import product

import pytest
from chat_ui.markdown.code import MOST_COLOURED, code_block
from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.markdown.languages import LANGUAGES
from chat_ui.markdown.render import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drivers.html import parse_html

SIGNS = (
    *("\\[", "\\(", "\\]", "\\)", "$", "$$", "[", "]", "(", ")", "](", "![", "[^1]", "[a]: ", "[^a]: ", "*", "**", "_"),
    *("__", "~~", "~", "`", "``", "```", "<", "<a", "<!--", "<br>", "<sub>", "</sub>", "&", "&amp;", "\\", "!", "|"),
    *("---", "- ", "+ ", "1. ", "> ", ">", "# ", "\n", "\n\n", "    ", "\t", "a", " ", "a ", "www.", "http://", "://a"),
    *("https://a", "a@", "a@b.", ".", ":", "/", "- [ ] ", "\n- ", "\n> ", "\n1. ", "\n|", "\n---", "\n===", "\n[^1]: "),
    *(
        "\n[a]: b",
        "\n```",
        "\n```md",
        "\n~~~",
        "\n\\[",
        "\n$$",
        "\n\n\\[",
        "中",
        "。",
        "\0",
        "\r",
        "\u00a0",
        "=",
        '"',
        "'",
    ),
    *("{", "**a ", "a**", "*a", "[a](b", "[a][", "x](<", "\n| a | b", "\n|-|-", "\n    - ", "\n\t- ", "中**", "$a$中"),
)

CONTAINERS = ("", "- ", "> ", "[", "*", "# ", "|a|\n|-|\n", "[^1]: ", "[a]: ", "\\[", "```\n", "> " * 20, "- " * 12)

NESTED = (
    *(("*a ", " a*"), ("**a ", " a**"), ("~~a ", " a~~"), ("[", "](http://a)"), ("![", "](http://a)"), ("[", "]")),
    *(
        ("<sub>", "</sub>"),
        ("\\[", "\\]"),
        ("$a ", "$"),
        ("(", ")"),
        ("http://a(", ")"),
        ("`", "`"),
        ("*a **b ", "** c*"),
    ),
)

LINES: dict[str, Callable[[int], str]] = {
    "a wide table": lambda size: f"{'|a' * (size // 8)}|\n{'|-' * (size // 8)}|\n" + "|b\n" * (size // 6),
    "a staircase of lists": lambda size: "".join(f"{'  ' * (line % 40)}- a\n" for line in range(size // 44)),
    "lazy lines of nested quotes": lambda size: "> " * 50 + "a\n" + "b\n" * (size // 2),
    "nested quotes": lambda size: ("> " * 40 + "a\n") * (size // 82),
    "unclosed formulas in a list": lambda size: "- \\[\n" + "  \\[\n" * (size // 5) + "x\n\\]",
    "formulas closed in a sentence": lambda size: "\\[\n" * (size // 3) + "\\] x",
    "footnotes": lambda size: "".join(f"[^{number}]: a [^{number}]\n" for number in range(size // 18)),
    "sources": lambda size: "".join(f"[{number}]: http://a/{number}\n" for number in range(size // 18)),
    "unclosed titles": lambda size: "[a]: b '\n" * (size // 9),
}


def repeated(before: str, unit: str, size: int) -> str:
    return (before + unit * (size // len(unit) + 1))[:size]


def nested(opening: str, closing: str, size: int) -> str:
    depth = size // len(opening + closing)
    return opening * depth + "x" + closing * depth


def grow(text: str) -> None:
    growing = GrowingMarkdown()
    for step in range(1, 5):
        growing.grow(text[: len(text) * step // 4])


def seconds(work: Callable[[str], object], text: str) -> float:
    start = time.thread_time()
    work(text)
    return time.thread_time() - start


def expect_linear(work: Callable[[str], object], text_of: Callable[[int], str], size: int, least: float = 0.1) -> None:
    """Four times the text takes four times as long: 16 times, were it its square. A busy machine gets other tries."""
    for _ in range(4):
        short, long = (seconds(work, text_of(length)) for length in (size // 4, size))
        if long <= 8 * short + least:
            return
    raise AssertionError(f"{size // 4} characters take {short:.3f} s, {size} {long:.3f} s: {text_of(60)!r}")


@pytest.mark.parametrize("work", [render, grow])
@pytest.mark.parametrize("sign", SIGNS)
def test_repeated_signs_cost_no_more_than_their_length(work: Callable[[str], object], sign: str) -> None:
    expect_linear(work, lambda size: repeated("", sign, size), 32_000 if work is render else 8_000)


@pytest.mark.parametrize("pair", NESTED)
def test_nested_pairs_cost_no_more_than_their_length(pair: tuple[str, str]) -> None:
    expect_linear(render, lambda size: nested(*pair, size), 32_000)


@pytest.mark.parametrize("lines", LINES)
def test_lines_cost_no_more_than_their_length(lines: str) -> None:
    expect_linear(render, LINES[lines], 24_000)


@given(st.sampled_from(CONTAINERS), st.lists(st.sampled_from(SIGNS), min_size=1, max_size=4), st.sampled_from(SIGNS))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_no_repeated_text_costs_more_than_its_length(container: str, signs: list[str], end: str) -> None:
    expect_linear(render, lambda size: repeated(container, "".join(signs), size) + end, 8_000)


UNITS = (
    *'abcXYZ019_ \t\n"`/*-+=<>()[]{}#$@!%^&|~:;,.?\\' + "'é中",
    *(
        '\\"',
        "/*",
        "*/",
        "//",
        "--",
        "<!--",
        "<a ",
        "</",
        "${",
        "#{",
        '"""',
        "'''",
        "0x",
        "1e",
        "1e+",
        "a.",
        "a(",
        "\n ",
    ),
    *("\n#", "<<EOF\n", "$(", "<?", "->", "\\\n", " \n", "'a", "(*", "--[[", "=begin\n", 'a="', "1_", "\n- ", "\n+"),
)


@pytest.mark.parametrize("language", sorted({id(it): name for name, it in LANGUAGES.items()}.values()))
def test_colours_cost_no_more_than_the_length_of_the_code(language: str) -> None:
    for before, unit in product(("", '"'), UNITS):
        text_of = partial(repeated, before, unit)
        expect_linear(partial(code_block, info=language), text_of, 4_000, least=0.02)


def test_the_strings_that_hung_pygments_are_plain_or_soon_coloured() -> None:
    for language in ("maple", "mcfunction", "systemd", "zeek", "autohotkey", "xpp", "python"):
        assert seconds(render, f'```{language}\n"' + "\\" * 8000) < 0.5


def test_long_code_has_no_colours() -> None:
    for size, coloured in ((MOST_COLOURED, True), (MOST_COLOURED + 1, False)):
        page = parse_html(render(f"```python\n{repeated('', 'if ', size)}\n```"))
        assert bool(page.css("pre .k")) is coloured
