"""Markdown as models write it, in any script."""
# ruff: noqa: RUF001 - full-width signs are what is tested

import re

import pytest
from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.markdown.indentation import outdented
from chat_ui.markdown.render import render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drivers.html import Element, parse_html


def page_of(text: str) -> Element:
    return parse_html(f"<main>{render(text)}</main>")


def links_in(text: str) -> dict[str, str | None]:
    return {link.text(): link.attributes["href"] for link in page_of(text).css("a")}


# Emphasis


@pytest.mark.parametrize("mark", ["**", "*", "~~", "***"])
@pytest.mark.parametrize(
    ("before", "inner", "behind"),
    [
        ("", "서울(Seoul)", "은 수도"),
        ("", "「你好」", "吗"),
        ("他说", "“你好”", "。"),
        ("请看", "《红楼梦》", "这本书"),
        ("これは", "重要(じゅうよう)", "です"),
        ("これは", "「引用」", "です"),
        ("ประเทศ", "ไทย (Thailand)", "เป็น"),
        ("", "A.", "然后"),
        ("我", "。", "你"),
        ("", "दिल्ली (Delhi)", "में"),
        ("", "100%", "を"),
        ("（", "注意：", "）"),
        ("前", "`code`", "後"),
    ],
)
def test_emphasis_beside_punctuation_needs_no_space(mark: str, before: str, inner: str, behind: str) -> None:
    page = page_of(f"{before}{mark}{inner}{mark}{behind}")
    tag = {"**": "strong", "*": "em", "~~": "s", "***": "em > strong"}[mark]
    assert [it.text() for it in page.css(tag)] == [inner.replace("`", "")]
    assert page.text().strip() == f"{before}{inner}{behind}".replace("`", "")


@given(
    st.text(st.sampled_from("你好吗서울はかไทย"), min_size=1, max_size=3),
    st.text(st.sampled_from("你はA1()「」。，!?：“”%"), min_size=1, max_size=6),
    st.text(st.sampled_from("你好吗서울はかไทย"), min_size=1, max_size=3),
)
@settings(deadline=None)
def test_words_of_spaceless_scripts_may_stand_at_any_emphasis(before: str, inner: str, behind: str) -> None:
    assert page_of(f"{before}**{inner}**{behind}").css_first("strong").text() == inner


@pytest.mark.parametrize(
    "text", ["2 * 3 * 4", "snake_case_name", "**not bold **", "a ** b ** c", 'foo*"bar"*baz', "__init__.py_"]
)
def test_latin_text_keeps_the_rules_of_commonmark(text: str) -> None:
    assert not page_of(text).css("em, strong") or text == "__init__.py_"


# Links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("见https://example.org/a。然后", ["https://example.org/a"]),
        ("（https://example.org/a）", ["https://example.org/a"]),
        ("https://example.org/a、https://example.org/b，和", ["https://example.org/a", "https://example.org/b"]),
        ("https://example.org/a을 보세요", ["https://example.org/a"]),
        ("请访问www.example.org！", ["www.example.org"]),
        ("写信给ada@example.org吧", ["ada@example.org"]),
        ("「https://example.org/?q=1」", ["https://example.org/?q=1"]),
        ("**见https://example.org/a**吗", ["https://example.org/a"]),
        ("(see https://en.wikipedia.org/wiki/Rust_(language)).", ["https://en.wikipedia.org/wiki/Rust_(language)"]),
        (
            "at https://a.example/b_c_d, http://localhost:8000/x?y=[1]#z.",
            ["https://a.example/b_c_d", "http://localhost:8000/x?y=[1]#z"],
        ),
        ("<https://a.example/b> <ada@example.org>", ["https://a.example/b", "ada@example.org"]),
        ("https://de.wikipedia.org/wiki/Köln!", ["https://de.wikipedia.org/wiki/Köln"]),
        ("“https://a.example/”", ["https://a.example/"]),
        ("<https://zh.wikipedia.org/wiki/中国>", ["https://zh.wikipedia.org/wiki/中国"]),
        ("`https://a.example`", []),
    ],
)
def test_an_address_ends_where_the_sentence_goes_on(text: str, links: list[str]) -> None:
    assert list(links_in(text)) == links


@pytest.mark.parametrize(
    "text",
    [
        *("README.md", "main.py", "node.js", "example.com", "a.b.c", "asp.net", "user@host", "react@18.2.0", "x.zip"),
        *("@scope/package.io", "git@github.com:a/b.git", "1.2.3.4", "localhost:8000", "ftp://example.org", "script.sh"),
        *("file:///etc/passwd", "//example.org", "javascript:alert(1)", "<std:vector>", "www.", "www", "http://"),
        *("https:// x", "awww.example.org", "tel:+4912345", "[readme](README.md)", "[up](../x)", "C:/x.md"),
        *("[x](javascript:alert)", "[x](//example.org)", "x.example.org/y"),
    ],
)
def test_what_is_no_web_or_mail_address_is_no_link(text: str) -> None:
    page = page_of(f"See {text} here")
    assert not page.css("a")
    assert page.text().strip() == f"See {text} here"


@given(st.text(st.sampled_from("ab1.:/@-_? \n()*[]<>w~$中。"), max_size=40))
@settings(deadline=None)
def test_every_link_is_a_web_or_mail_address(text: str) -> None:
    for link in page_of(text).css("a"):
        assert re.match(r"https?://|mailto:", link.attributes["href"] or "")


def test_links_open_a_page_of_their_own_and_notes_do_not() -> None:
    page = page_of("[x](https://a.example) https://b.example ![i](http://c.example)[^1]\n\n[^1]: www.d.example")
    own = [(link.attributes["href"], link.attributes.get("target"), link.attributes["rel"]) for link in page.css("a")]
    rel = "noopener noreferrer nofollow"
    assert [(target, rel) for href, target, rel in own if not (href or "").startswith("#")] == [("_blank", rel)] * 4
    assert [target for href, target, _ in own if (href or "").startswith("#")] == [None, None]


# Formulas


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("设$x$为", ["$x$"]),
        ("当$a_1+b$时，$c$大于", ["$a_1+b$", "$c$"]),
        ("변수$x$는", ["$x$"]),
        ("若$\\alpha > 0$则$n$个", ["$\\alpha > 0$", "$n$"]),
        (r"costs $\$5 + x$ now", [r"$\$5 + x$"]),
        (r"\(a \$ b\)", [r"\(a \$ b\)"]),
        (r"$\text{price: \$5}$", [r"$\text{price: \$5}$"]),
        ("\\[\n\nx = 1\n\ny = 2\n\n\\]\nand", ["\\[\n\nx = 1\n\ny = 2\n\n\\]"]),
        ("$$\n\nx\n\n$$", ["$$\n\nx\n\n$$"]),
        ("- so\n\n  \\[\n  x\n\n  y\n  \\]\n- b", ["\\[\nx\n\ny\n\\]"]),
        ("\\[ \\begin{cases} a \\\\[2pt] b \\end{cases} \\]", ["\\[ \\begin{cases} a \\\\[2pt] b \\end{cases} \\]"]),
        ("$JAVA_HOME/bin:$M stays", []),
        ("$MY_VAR$OTHER and ${HOME}/bin:${PATH}", []),
        ("export PATH=$HOME/bin:$PATH:$MY_DIR/x", []),
        ("$foo->bar($baz_1) and $a_b.$c_d", []),
        ("costs $5/month, or $50/year; $1,000-$2,000", []),
        ("$$ is the shell's pid\n\nNext $$ one", []),
        ("\\[ never closed\n\n# Heading", []),
    ],
)
def test_formulas_of_models_are_found(text: str, formulas: list[str]) -> None:
    assert [formula.text() for formula in page_of(text).css(".math")] == formulas


def test_an_unclosed_formula_does_not_swallow_the_reply() -> None:
    growing = GrowingMarkdown()
    growing.grow("\\[\n" + "\n\nThis is a paragraph." * 100)
    assert len(growing.blocks) > 90


# Code


def test_markdown_shown_as_code_may_have_fences() -> None:
    inner = "# Title\n\n```python\nx = 1\n```\n\nText"
    for marks in ("```", "````", "~~~"):
        page = page_of(f"Look:\n\n{marks}markdown\n{inner}\n{marks}\n\nDone.")
        assert [code.text() for code in page.css("pre")] == [inner]
        assert [text.text() for text in page.css("main > p")] == ["Look:", "Done."]


def test_code_ends_without_a_line_end() -> None:
    assert page_of("```sh\nls -l\n```").css_first("code").text() == "ls -l"


@pytest.mark.parametrize(
    ("language", "code", "parts"),
    [
        (
            "python",
            "def f(x):  # y\n    return 'a' + 1.5",
            {"k": "def return", "c": "# y", "s": "'a'", "m": "1.5", "nf": "f"},
        ),
        ("js", "const a = `x ${1}` // b", {"k": "const", "s": "`x ${1}`", "c": "// b"}),
        ("c++", 'int a; /* b */ puts("c\\"d");', {"k": "int", "c": "/* b */", "nf": "puts", "s": '"c\\"d"'}),
        ("rust", "fn f<'a>(x: &'a str) { 'x' }", {"k": "fn str", "nf": "", "s": "'x'"}),
        ("bash", "echo \"$#\" 'b' # c", {"k": "echo", "s": "\"$#\" 'b'", "c": "# c"}),
        ("sql", "SELECT 'a''b' FROM t -- c", {"k": "SELECT FROM", "c": "-- c"}),
        ("html", '<a href="x">y</a><!-- z -->', {"nt": "<a > </a >", "s": '"x"', "c": "<!-- z -->"}),
        ("json", '{"a": [1, true]}', {"s": '"a"', "m": "1", "k": "true"}),
        ("diff", "-old\n+new", {"c": "-old", "s": "+new"}),
        ("css", ".a { color: red; } /* b */", {"c": "/* b */"}),
    ],
)
def test_code_has_colours(language: str, code: str, parts: dict[str, str]) -> None:
    page = page_of(f"```{language}\n{code}\n```")
    assert page.css_first("code").text() == code
    for kind, text in parts.items():
        assert " ".join(it.text() for it in page.css(f"code .{kind}")) == text


@given(
    st.text(st.sampled_from("ab1 \n\"'`/*#-<>&\\${}("), max_size=60),
    st.sampled_from(["python", "js", "html", "sql", "rust", "sh"]),
)
@settings(deadline=None)
def test_colours_change_no_code(code: str, language: str) -> None:
    shown = page_of(f"~~~{language}\nx{code}x\n~~~").css_first("code").text()
    assert shown == f"x{code}x"


# Lists


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Steps:\n\n    - one\n    - two", ["one", "two"]),
        ("Steps:\n    1. one\n    2. two", ["one", "two"]),
        ("\t* one\n\t* two", ["one", "two"]),
        ("> So:\n>\n>     - one\n>     - two", ["one", "two"]),
    ],
)
def test_an_over_indented_list_is_a_list(text: str, items: list[str]) -> None:
    page = page_of(text)
    assert [item.text().strip() for item in page.css("li")] == items
    assert not page.css("pre")


def test_an_over_indented_list_is_within_its_item() -> None:
    for indent in (6, 7, 8, 12):
        page = page_of(f"- a\n{' ' * indent}- b\n{' ' * indent}- c\n- d")
        assert [item.text().strip() for item in page.css("li li")] == ["b", "c"]
        assert len(page.css("main > ul > li")) == 2


def test_indented_code_is_code() -> None:
    for text in ("    foo:\n      - bar\n    - baz", "```\n    - a\n```", "- x\n\n      code\n      - code"):
        assert len(page_of(text).css("pre")) == 1
        assert outdented(text) == text


# Tags


def test_a_few_tags_are_tags() -> None:
    page = page_of("H<sub>2</sub>O, x<sup>*n*</sup>, <kbd>Ctrl</kbd><br>next<BR/>last")
    assert [it.text() for it in page.css("sub, sup > em, kbd")] == ["2", "n", "Ctrl"]
    assert len(page.css("br")) == 2
    table = page_of("| a |\n|---|\n| b<br>c |")
    assert len(table.css("td br")) == 1


@pytest.mark.parametrize(
    "text", ["<sub>", "</kbd>", "<sub x=1>a</sub>", "<kbd onclick=x>a</kbd>", "a <sup> b", "`<br>`"]
)
def test_what_is_no_whole_tag_is_text(text: str) -> None:
    assert page_of(text).css_first("p").text() == text.replace("`", "")
