"""Every text of the interface can be translated, and German is complete."""

import io
from collections.abc import Iterator
from pathlib import Path

import chat_ui
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.support.drivers.chat_ui import FakeWorld, Visitor
from tests.support.drivers.html import parse_html

CODE = Path(chat_ui.__file__).parent
GERMAN = CODE / "locales" / "de" / "LC_MESSAGES"
KEYWORDS = DEFAULT_KEYWORDS | {"marked": None}
ADVICE = "Run `make texts`, then translate what is new in chat-ui/chat_ui/locales/de."

Text = tuple[str | None, str]


@pytest.fixture(scope="module")
def german() -> Catalog:
    with (GERMAN / "messages.po").open("rb") as file:
        return read_po(file)


def texts_of(catalogue: Catalog) -> set[Text]:
    return {(text.context, _first(text.id)) for text in catalogue if text.id}


def texts_of_the_code() -> Iterator[Text]:
    with (CODE.parent / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for _, _, text, _, context in extract_from_dir(CODE, methods, options, KEYWORDS):
        yield context, _first(text)


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    """The singular, where a text has a plural too."""
    return text if isinstance(text, str) else text[0]


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Singular and plurals."""
    return [text or ""] if isinstance(text, str | None) else [*text]


def test_the_catalogue_has_exactly_the_texts_of_the_code(german: Catalog) -> None:
    assert texts_of(german) == set(texts_of_the_code()), ADVICE


def test_every_text_is_said_in_german(german: Catalog) -> None:
    missing = [text.id for text in german if text.id and (text.fuzzy or not all(_forms(text.string)))]
    assert missing == [], ADVICE


def test_every_translation_keeps_its_placeholders(german: Catalog) -> None:
    assert [(text.id, errors) for text, errors in german.check()] == []


def test_the_compiled_catalogue_is_up_to_date(german: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, german)
    assert (GERMAN / "messages.mo").read_bytes() == compiled.getvalue(), "Run `make texts`."


def in_german(visitor: Visitor) -> Visitor:
    visitor.http.headers["Accept-Language"] = "de-AT,de;q=0.9,en;q=0.8"
    return visitor


def test_the_page_follows_the_browsers_language(visitor: Visitor) -> None:
    page = in_german(visitor).page("/")
    assert page.css_first("html").attributes["lang"] == "de"
    assert page.css_first("label[for=name]").text() == "Dein Name"


def test_english_stands_in_for_a_language_without_a_translation(visitor: Visitor) -> None:
    visitor.http.headers["Accept-Language"] = "fr, xx;q=nonsense"
    assert visitor.page("/").css_first("html").attributes["lang"] == "en"


def test_a_chosen_language_overrides_the_browsers(visitor: Visitor) -> None:
    saved = visitor.http.post("/settings", data={"language": "de", "theme": "automatic"})
    assert parse_html(saved.text).css_first("h1").text() == "Einstellungen"
    assert visitor.page("/").css_first("html").attributes["lang"] == "de"
    visitor.http.post("/settings", data={"language": "", "theme": "automatic"})
    assert visitor.page("/").css_first("html").attributes["lang"] == "en"


def test_chosen_colours_stay(visitor: Visitor) -> None:
    visitor.http.post("/settings", data={"theme": "dark"})
    page = visitor.page("/")
    assert page.css_first("html").attributes["data-theme"] == "dark"
    assert page.css_first("meta[name=color-scheme]").attributes["content"] == "dark"


def test_unknown_choices_are_ignored(visitor: Visitor) -> None:
    visitor.http.cookies.update({"language": "../../x", "theme": "<b>"})
    saved = visitor.http.post("/settings", data={"language": "../../x", "theme": "<b>"})
    assert parse_html(saved.text).css_first("html").attributes == {"lang": "en", "data-theme": "automatic"}


def test_a_mistake_is_reported_in_german(visitor: Visitor) -> None:
    chat = in_german(visitor).open_chat()
    answer = visitor.send(chat, "x" * 16_001)
    assert "Deine Nachricht hat 16.001 Zeichen; höchstens 16.000 sind erlaubt." in answer.text
    assert "Seite nicht gefunden" in visitor.http.get("/nowhere").text
    assert "Diesen Chat gibt es nicht" in visitor.http.get("/chats/x").text


def test_a_growing_reply_is_in_german(visitor: Visitor) -> None:
    chat = in_german(visitor).open_chat()
    last = visitor.events(visitor.ask(chat, "Hello"))[-2].data
    assert "Antwort fertig." in last
    assert "Neu generieren" in last


def test_caches_know_that_a_page_depends_on_the_language(visitor: Visitor) -> None:
    visitor.open_chat()
    vary = visitor.http.get("/").headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= set(vary.split(", "))


def test_scripts_get_their_texts_from_the_page(visitor: Visitor) -> None:
    words = in_german(visitor).page("/").css_first("template#texts").attributes
    assert words["data-copied"] == "Kopiert"


def test_programs_are_answered_in_english(world: FakeWorld) -> None:
    answer = in_german(world.visitor()).http.get("/v1/nowhere")
    assert "Unknown address" in answer.json()["detail"]
