"""Which words are found in which texts: the functions of the index and the excerpts, without the rows."""

# ruff: noqa: RUF001 - letters of other scripts

import unicodedata
from collections.abc import Callable, Iterator

import pytest
from db_api.excerpts import find_excerpt
from db_api.words import patterns_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.running.database import Database

Finds = Callable[[str, list[str]], list[str]]
USER = "01a21912-8794-771a-937c-b4bd3d46adc8"

SCRIPTS = {
    "Latin": "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789äöüÄÖÜßẞéèêñçåøæœłđşğıİñ\u0301\u0308\u030a\u0323",
    "Vietnamese": "aăâeêioôơuưyđ\u0300\u0301\u0303\u0309\u0323ạảấầẩẫậ",
    "Greek": "αβγδεζηθικλμνξοπρσςτυφχψωΆΈΉΊΌΎΏάέήίόύώ\u0301",
    "Cyrillic": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяЁЙІЇ",
    "Hebrew": "אבגדהוזחטיכלמנסעפצקרשתךםןףץ\u05b0\u05b4\u05b7\u05bc",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآىة\u064b\u064e\u0651\u0640",
    "Devanagari": "अआइईउऊएकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह\u093e\u093f\u0940\u0941\u0947\u094d\u0902\u093c",
    "Tamil": "அஆஇகஙசஞடணதநபமயரலவழளறன\u0bbe\u0bbf\u0bc0\u0bc1\u0bcd",
    "Thai": "กขคงจชซดตถทนบปพมยรลวสหอะาำเแโใไ\u0e31\u0e34\u0e35\u0e38\u0e48\u0e49\u0e4c",
    "Lao": "ກຂຄງຈສຊຍດຕຖທນບປຜພຟມຢຣລວຫອຮະາເແໂໃໄ\u0eb1\u0eb4\u0ec8\u0ec9",
    "Khmer": "កខគឃងចឆជឈញដឋឌណតថទធនបផពភមយរលវសហឡអ\u17b6\u17b7\u17c1\u17d2",
    "Myanmar": "ကခဂငစဆဇညတထဒနပဖဗမယရလဝသဟအ\u102b\u102d\u1030\u1031\u1039\u103a\u103b",
    "Chinese": "今天气很好我们一起去公园散步吧人工智能正在改变世界的面貌𠀀𠮷",
    "Japanese": "日本語のひらがなとカタカナがぎぐパピプー々\u3099ｱｲｳﾞ",
    "Korean": "안녕하세요한국어검색각값\u1112\u1161\u11ab",
    "full width": "ＡＢＣａｂｃ１２３ﬁﬂ",
}
SEPARATORS = " \n\t.,;:!?/\\_-+=()[]{}<>\"'`*#@$%&|~…—“”«»。，、「」！？・\u3000\u00a0\u200b🎉→"
WITHOUT_SPACES = ("Thai", "Lao", "Khmer", "Myanmar", "Chinese", "Japanese", "Korean")


@st.composite
def texts(draw: st.DrawFn) -> str:
    scripts = draw(st.lists(st.sampled_from(sorted(SCRIPTS)), min_size=1, max_size=4))
    word = st.sampled_from(scripts).flatmap(lambda name: st.text(SCRIPTS[name], min_size=1, max_size=12))
    parts = draw(st.lists(st.tuples(word, st.text(SEPARATORS, max_size=2)), min_size=1, max_size=12))
    return "".join(word + between for word, between in parts)


def words_of(text: str) -> Iterator[str]:
    """The longest runs of letters, digits and marks: what people call words."""
    word = ""
    for char in text + " ":
        if unicodedata.category(char)[0] in "LMN" or (word and char == "\u0640"):
            word += char
            continue
        if any(unicodedata.category(part)[0] in "LN" for part in word):
            yield word
        word = ""


@pytest.fixture
def finds(database: Database) -> Iterator[Finds]:
    """Return those of the words that are not found in the text."""
    with database.connect("parley_owner") as cursor:

        def missing(text: str, words: list[str]) -> list[str]:
            cursor.execute(
                "SELECT word FROM unnest(%(words)s::text[]) word, search_words(%(user)s, %(text)s) indexed"
                " WHERE (indexed @@ search_query(%(user)s, word)) IS NOT TRUE",
                {"words": words, "user": USER, "text": text},
            )
            unmarked = [word for word in words if find_excerpt(text, patterns_of(word)) is None]
            return [word for (word,) in cursor.fetchall()] + unmarked

        yield missing


MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(text=texts())
def test_every_word_of_a_text_is_found(finds: Finds, text: str) -> None:
    assert finds(text, list(words_of(text))) == []


@MANY
@given(text=texts(), form=st.sampled_from(["NFC", "NFD"]), other=st.sampled_from(["NFC", "NFD"]))
def test_every_word_is_found_in_either_form_and_case(finds: Finds, text: str, form: str, other: str) -> None:
    stored = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    words = [unicodedata.normalize(other, word) for word in words_of(text)]  # type: ignore[arg-type]
    assert finds(stored, words + [word.upper() for word in words]) == []


@MANY
@given(data=st.data(), name=st.sampled_from(WITHOUT_SPACES))
def test_every_part_of_a_sentence_without_spaces_is_found(finds: Finds, data: st.DataObject, name: str) -> None:
    sentence = unicodedata.normalize("NFKC", data.draw(st.text(SCRIPTS[name], min_size=2, max_size=40)))
    text = (
        data.draw(st.sampled_from(["", "über ", "日", "ก", "1"]))
        + sentence
        + data.draw(st.sampled_from(["", "!", "a"]))
    )
    parts = [sentence[i : i + size] for size in (1, 2, 3, 5, 20) for i in range(len(sentence) - size + 1)]
    whole = [part for part in parts if unicodedata.category(part[0])[0] != "M"]
    assert finds(text, whole) == []
