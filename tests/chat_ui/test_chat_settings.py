from tests.support.drivers.chat_ui import FakeWorld, Visitor
from tests.support.drivers.html import parse_html

FILLED = {"system_prompt": "Be brief.", "temperature": "0,5", "max_tokens": "64"}


def test_settings_reach_the_model(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    assert visitor.http.post(f"{chat}/settings", data=FILLED).url.path == chat
    visitor.ask_and_wait(chat, "Hello")
    prompt = world.model.prompts[-1]
    assert prompt["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (prompt["temperature"], prompt["max_tokens"]) == (0.5, 64)


def test_the_form_shows_the_settings_and_an_empty_one_removes_them(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    visitor.http.post(f"{chat}/settings", data=FILLED)
    page = visitor.page(f"{chat}/settings")
    assert page.css_first("textarea").text().strip() == "Be brief."
    assert [field.attributes["value"] for field in page.css("input[type=number]")] == ["0.5", "64"]
    visitor.http.post(f"{chat}/settings", data=dict.fromkeys(FILLED, ""))
    assert world.db.chats[chat.split("/")[-1]]["settings"] == {}


def test_an_invalid_number_is_refused_and_the_other_fields_stay(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    for wrong in ({"temperature": "hot"}, {"temperature": "nan"}, {"temperature": "3"}, {"max_tokens": "-1"}):
        response = visitor.http.post(f"{chat}/settings", data=FILLED | wrong)
        page = parse_html(response.text)
        assert response.status_code == 422
        assert "number from" in page.css_first("#settings-problem").text()
        assert page.css_first("textarea").text().strip() == "Be brief."


def test_a_user_cannot_read_the_settings_of_anothers_chat(world: FakeWorld, visitor: Visitor) -> None:
    chat, stranger = visitor.open_chat(), world.visitor()
    stranger.open_chat()
    assert stranger.http.get(f"{chat}/settings").status_code == 404
    assert stranger.http.post(f"{chat}/settings", data=FILLED).status_code == 404


def test_the_page_says_how_full_the_memory_is_and_where_it_begins(world: FakeWorld, visitor: Visitor) -> None:
    world.model.context_tokens = 400
    chat = visitor.open_chat()
    for question in ("first " * 40, "second " * 40, "third " * 40):
        visitor.ask_and_wait(chat, question)
    page = visitor.page(chat)
    assert page.css_matches("#memory meter")
    after = page.css_first(".memory-mark + article")
    assert after.css_first(".text").text().startswith("third")
    assert world.model.prompts[-1]["messages"][0]["content"].startswith("third")


def test_stop_replaces_send_while_a_reply_is_running(world: FakeWorld, visitor: Visitor) -> None:
    world.model.answer, world.model.pace = "word " * 200, 0.05
    chat = visitor.open_chat()
    sent = visitor.ask(chat, "Hello")
    page = visitor.page(chat)
    stop = page.css_first("#composer-button button")
    assert (stop.attributes["aria-label"], stop.attributes["form"]) == ("Stop", f"stop-{sent.reply_id}")
    form = page.css_first(f"form#stop-{sent.reply_id}")
    visitor.http.post(form.attributes["action"])
    visitor.watch(sent)
    assert visitor.page(chat).css_first("#composer-button button").attributes["aria-label"] == "Send"


def test_the_replys_end_brings_send_back(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    final = [event.data for event in visitor.events(visitor.ask(chat, "Hello"))][-2]
    act = parse_html(final.replace("hx-partial", "div")).css_first("[hx-target='#composer-button'] button")
    assert act.attributes["aria-label"] == "Send"


def test_a_reply_can_be_copied_as_it_was_written(visitor: Visitor) -> None:
    chat = visitor.open_chat()
    link = visitor.ask_and_wait(chat, "Hello").css_first("a.copy").attributes["href"]
    response = visitor.http.get(link)
    assert response.text == "The answer is **forty-two**."
    assert response.headers["content-type"].startswith("text/plain")


def test_the_details_of_a_reply_are_shown(visitor: Visitor) -> None:
    details = visitor.ask_and_wait(visitor.open_chat(), "Hello").css_first(".message-details").text()
    for fact in ("demo", "4 tokens", "50.0 tokens per second"):
        assert fact in details
