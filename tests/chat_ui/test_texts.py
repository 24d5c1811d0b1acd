"""What becomes of the texts that enter: composed, cleaned, never cut apart."""

# ruff: noqa: RUF001 - letters of other scripts

import re
import unicodedata

import pytest
from chat_ui.errors import InvalidText
from chat_ui.text import TITLE_CHARS, clean, clean_line, cut, is_blank
from chat_ui.titles import first_words, title_of
from chat_ui.web.v1.fields import NOT_BLANK
from hypothesis import given
from hypothesis import strategies as st

INVISIBLE = [
    chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zs", "Zl", "Zp")
]


def cleaned(text: str) -> str:
    return clean(text, what="It", limit=10_000)


def cleaned_line(text: str) -> str:
    return clean_line(text, what="It", limit=10_000)


@pytest.mark.parametrize("char", [*"\u200b\u2060\ufeff\u00ad\u200e\u3000\u3164\u2800\ufe0f", "\U000e0041"])
def test_a_text_of_invisible_characters_is_empty(char: str) -> None:
    for text in (char, f" {char}\n\t{char * 3}"):
        for enter in (cleaned, cleaned_line):
            with pytest.raises(InvalidText, match="empty"):
                enter(text)


@given(st.lists(st.sampled_from(INVISIBLE), max_size=20))
def test_every_mixture_of_them_is_empty(chars: list[str]) -> None:
    assert is_blank("".join(chars))
    assert not is_blank("".join([*chars, "a"]))


def test_the_document_of_v1_says_what_is_blank() -> None:
    pattern = re.compile(NOT_BLANK["pattern"])
    differing = [code for code in range(1, 0xD800) if bool(pattern.search(chr(code))) == is_blank(chr(code))]
    differing += [code for code in range(0xE000, 0x10000) if bool(pattern.search(chr(code))) == is_blank(chr(code))]
    assert [f"{code:x}" for code in differing] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    def f():\n        pass\n", "    def f():\n        pass"),
        ("\n \t\n\u200b\n\tindented\n\n", "\tindented"),
        ("one\r\n\r\n  two\r", "one\n\n  two"),
        ("  a", "  a"),
        ("Jose\u0301", "José"),
    ],
)
def test_blank_lines_go_and_the_indentation_of_the_first_line_stays(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    for enter in (cleaned, cleaned_line):
        try:
            once = enter(text)
        except InvalidText:
            continue
        assert enter(once) == once == unicodedata.normalize("NFC", once)


def test_names_that_look_alike_are_one_name() -> None:
    typed = ["José", "Jose\u0301", " José\u200b", "\ufeffJosé ", "\u2060Jose\u0301\u00ad"]
    assert {cleaned_line(name) for name in typed} == {"José"}
    assert cleaned_line(" José \u200b  María\n") == "José María"
    assert cleaned_line("می\u200cخواهم") == "می\u200cخواهم"


def test_many_blank_lines_are_removed_in_linear_time() -> None:
    assert clean("\n" * 100_000 + "x", what="It", limit=100_000) == "x"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("How far is the moon?\nReally", "How far is the moon?"),
        ("What is C#", "What is C#"),
        ("## Intro to C#", "Intro to C#"),
        ("#hashtag first", "#hashtag first"),
        ("> **bold** and `code`", "bold and code"),
        ("```python\nprint(1)\n```\nWhat does it do?", "What does it do?"),
        ("~~~~\n```\nx\n~~~~\nWhy?", "Why?"),
        ("```python\nprint(1)", "print(1)"),
        ('{"name": "Ada", "age": 36}', "name, age"),
        ("[1, 2]\nSum these", "Sum these"),
        ("[1, 2]", "[1, 2]"),
        ("[" * 50_000, "[" * TITLE_CHARS + "…"),
        ("हिन्दी में प्रश्न", "हिन्दी में प्रश्न"),
        ("!!!", "!!!"),
        ("\u200b\n", "…"),
    ],
)
def test_the_first_words_are_prose(text: str, title: str) -> None:
    assert first_words(text) == title


@given(st.text("aก\u0e34\u0e48กकि\u094d👨\u200d👩 \u0301", min_size=1, max_size=200))
def test_nothing_seen_as_one_character_is_cut_apart(text: str) -> None:
    head = cut(text, TITLE_CHARS)
    rest = text[len(head) :]
    assert text.startswith(head)
    assert len(head) <= TITLE_CHARS
    if rest and head:
        assert unicodedata.category(rest[0])[0] != "M"
        assert "\u200d" not in (head[-1], rest[0])


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Intro to C#", "Intro to C#"),
        ("# Intro to C# #", "Intro to C#"),
        ("Learning C++.", "Learning C++"),
        ("Sure!\nTides", "Tides"),
        ("Here's a title: Tides of the moon", "Tides of the moon"),
        ("Here is a short title for this conversation:\n\n**Tides**", "Tides"),
        ("Hier ist ein Titel: „Gezeiten“", "Gezeiten"),
        ("标题：潮汐", "潮汐"),
        ("「潮汐」。", "潮汐"),
        ("Python: an intro", "Python: an intro"),
        ("Meaning of 'set'", "Meaning of 'set'"),
        ("हिन्दी की मात्राएँ", "हिन्दी की मात्राएँ"),
        ("```\nTides\n```", "Tides"),
        ('```json\n{"title": "Tides"}\n```', "Tides"),
        ('["Tides", "Moon"]', "Tides"),
        ('{"x": 1}', ""),
        ("{not json", ""),
        ("[" * 50_000, ""),
        ("```", ""),
        ("Sure! Here it is:", ""),
        ("<title>Tides</title>", ""),
    ],
)
def test_a_models_title_is_without_what_is_around_it(answer: str, title: str) -> None:
    assert title_of(answer) == title
