from tests.support.drivers.chat_ui import FakeWorld, Visitor
from tests.support.drivers.html import parse_html

CLERK = {"name": "Clerk", "system_prompt": "Be brief.", "temperature": "0,5", "max_tokens": "64"}


def keep(visitor: Visitor, **fields: str) -> str:
    """The address of a new preset's page."""
    visitor.http.post("/presets", data=CLERK | fields)
    return str(visitor.page("/presets").css(".preset")[-1].attributes["href"])


def settings_of(world: FakeWorld, chat: str) -> object:
    return world.db.chats[chat.split("/")[-1]]["settings"]


def test_without_presets_the_page_says_what_they_are_for(visitor: Visitor) -> None:
    page = visitor.page("/presets")
    assert "No presets yet" in page.css_first(".empty-list").text()
    assert page.css_matches("a[href='/presets/new']")


def test_a_preset_is_kept_and_shown(visitor: Visitor) -> None:
    page = visitor.page(keep(visitor))
    assert page.css_first("#preset-name").attributes["value"] == "Clerk"
    assert page.css_first("textarea").text().strip() == "Be brief."
    assert [field.attributes["value"] for field in page.css("input[type=number]")] == ["0.5", "64"]


def test_a_preset_starts_a_chat(world: FakeWorld, visitor: Visitor) -> None:
    preset = keep(visitor)
    chat = visitor.http.post(f"{preset}/chats").url.path
    assert settings_of(world, chat) == {"system_prompt": "Be brief.", "temperature": 0.5, "max_tokens": 64}
    visitor.ask_and_wait(chat, "Hello")
    assert world.model.prompts[-1]["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_new_chat_offers_the_presets_and_marks_the_chosen_one(visitor: Visitor) -> None:
    keep(visitor)
    chat = visitor.open_chat()
    chip = visitor.page(chat).css_first(".preset-chips button")
    assert (chip.text(), "aria-pressed" in chip.attributes) == ("Clerk", False)
    chosen = visitor.http.post(f"{chat}/settings/preset", data={"preset_id": chip.attributes["value"]})
    page = parse_html(chosen.text)
    assert page.css_first(".preset-chips button").attributes["aria-pressed"] == "true"
    visitor.ask_and_wait(chat, "Hello")
    assert not visitor.page(chat).css_matches(".preset-chips")


def test_a_preset_is_applied_to_a_chat_and_created_from_one(world: FakeWorld, visitor: Visitor) -> None:
    keep(visitor)
    chat = visitor.open_chat()
    choice = visitor.page(f"{chat}/settings").css_first("#preset option").attributes["value"]
    visitor.http.post(f"{chat}/settings/preset", data={"preset_id": choice})
    assert settings_of(world, chat) == {"system_prompt": "Be brief.", "temperature": 0.5, "max_tokens": 64}
    named = parse_html(visitor.http.post("/presets/new", data=CLERK | {"system_prompt": "In verse."}).text)
    assert named.css_first("textarea").text().strip() == "In verse."
    assert named.css_first("form.settings-form").attributes["action"] == "/presets"


def test_a_changed_preset_leaves_the_chats_alone(world: FakeWorld, visitor: Visitor) -> None:
    preset = keep(visitor)
    chat = visitor.http.post(f"{preset}/chats").url.path
    visitor.http.post(preset, data={"name": "Poet", "system_prompt": "In verse."})
    assert [row.text() for row in visitor.page("/presets").css(".preset strong")] == ["Poet"]
    assert settings_of(world, chat) == {"system_prompt": "Be brief.", "temperature": 0.5, "max_tokens": 64}


def test_a_deleted_preset_is_gone(visitor: Visitor) -> None:
    preset = keep(visitor)
    assert visitor.http.post(f"{preset}/delete").url.path == "/presets"
    assert visitor.http.get(preset).status_code == 404
    assert "no longer exists" in visitor.http.post(f"{preset}/chats").text


def test_a_refused_form_keeps_its_fields(visitor: Visitor) -> None:
    preset = keep(visitor)
    keep(visitor, name="Poet")
    wrong = {"name": " "}, {"name": "x" * 81}, {"name": "POET"}, {"temperature": "hot"}
    for fields in wrong:
        for address in ("/presets", preset):
            response = visitor.http.post(address, data=CLERK | fields)
            page = parse_html(response.text)
            assert response.status_code == 422
            assert page.css_first("#preset-problem").text()
            assert page.css_first("textarea").text().strip() == "Be brief."


def test_a_user_cannot_reach_anothers_presets(world: FakeWorld, visitor: Visitor) -> None:
    preset, stranger = keep(visitor), world.visitor()
    chat = stranger.open_chat()
    assert stranger.page("/presets").css(".preset") == []
    assert stranger.http.get(preset).status_code == 404
    assert stranger.http.post(preset, data=CLERK).status_code == 404
    taken = stranger.http.post(f"{chat}/settings/preset", data={"preset_id": preset.split("/")[-1]})
    assert taken.status_code == 404


def test_one_model_offers_no_choice(visitor: Visitor) -> None:
    assert not visitor.page(f"{visitor.open_chat()}/settings").css_matches("#model")


def test_each_chat_chooses_among_several_models(world: FakeWorld, visitor: Visitor) -> None:
    world.model.name, world.model.others = "small", ("large",)
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "Hello")
    assert world.model.prompts[-1]["model"] == "small"
    choices = visitor.page(f"{chat}/settings").css("#model option")
    assert [choice.text() for choice in choices] == ["Default (small)", "small", "large"]
    visitor.http.post(f"{chat}/settings", data={"model": "large"})
    assert "large" in visitor.ask_and_wait(chat, "Hello").css_first(".message-details").text()
    assert world.model.prompts[-1]["model"] == "large"
    assert visitor.page(chat).css_first(".chat-header .badge").text() == "large"


def test_a_model_that_is_no_longer_served_is_not_requested(world: FakeWorld, visitor: Visitor) -> None:
    world.model.name, world.model.others = "small", ("large",)
    chat = visitor.open_chat()
    visitor.http.post(f"{chat}/settings", data={"model": "gone"})
    visitor.ask_and_wait(chat, "Hello")
    assert world.model.prompts[-1]["model"] == "small"
