from tests.support.drivers.chat_ui import FakeWorld, Visitor


def test_the_first_page_asks_for_a_name(visitor: Visitor) -> None:
    page = visitor.page("/")
    assert page.css_first("label[for=name]").text() == "Your name"
    assert page.css_first("form.name-form").attributes["action"] == "/chats"


def test_reading_the_first_page_creates_no_session(world: FakeWorld, visitor: Visitor) -> None:
    visitor.page("/")
    assert world.db.sessions == {}


def test_a_name_leads_to_a_chat_and_back_to_it(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    assert visitor.open_chat(" anna ") == chat


def test_another_name_starts_another_chat(visitor: Visitor) -> None:
    assert visitor.open_chat("Anna") != visitor.open_chat("Bert")


def test_the_same_name_in_another_browser_is_another_user(world: FakeWorld) -> None:
    assert world.visitor().open_chat("Anna") != world.visitor().open_chat("Anna")


def test_the_first_page_lists_the_chats(visitor: Visitor) -> None:
    chat = visitor.open_chat("Anna")
    link = visitor.page("/").css_first(".chat-list a")
    assert link.text() == "Anna"
    assert link.attributes["href"] == f"{chat}#latest"


def test_an_empty_name_is_asked_for_again(visitor: Visitor) -> None:
    response = visitor.http.post("/chats", data={"name": "  "})
    assert response.status_code == 422
    assert "Your name is empty" in response.text


def test_a_name_that_is_too_long_stays_in_its_field(visitor: Visitor) -> None:
    response = visitor.http.post("/chats", data={"name": "n" * 81})
    assert response.status_code == 422
    assert f'value="{"n" * 81}"' in response.text


def test_a_new_chat_needs_no_name(visitor: Visitor) -> None:
    assert visitor.open_chat(None) != visitor.open_chat(None)


def test_the_page_says_that_the_demo_model_answers(visitor: Visitor) -> None:
    assert visitor.page("/").css_first("details.badge > summary").text() == "Demo model"


def test_the_page_says_which_model_answers(world: FakeWorld, visitor: Visitor) -> None:
    world.model.name = "qwen2.5-0.5b"
    assert visitor.page("/").css_first(".badge").text() == "qwen2.5-0.5b"


def test_the_page_says_that_the_model_is_not_ready(world: FakeWorld, visitor: Visitor) -> None:
    world.model.away = True
    assert "not ready yet" in visitor.page("/").css_first(".badge").text()


def test_the_installed_page_is_described_in_its_readers_language(visitor: Visitor) -> None:
    german = visitor.http.get("/manifest.json", headers={"Accept-Language": "de"}).json()
    assert (german["lang"], german["shortcuts"][0]["name"]) == ("de", "Suchen")
    visitor.http.cookies.set("language", "en")
    assert visitor.http.get("/manifest.json", headers={"Accept-Language": "de"}).json()["lang"] == "en"


def test_the_page_can_be_installed(visitor: Visitor) -> None:
    manifest = visitor.page("/").css_first("link[rel=manifest]").attributes["href"]
    described = visitor.http.get(manifest).json()
    assert (described["name"], described["start_url"], described["display"]) == ("Parley", "/", "standalone")
    for icon in described["icons"]:
        drawn = visitor.http.get(icon["src"])
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, icon["type"])
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in described["icons"]}
    assert "maskable" in {icon["purpose"] for icon in described["icons"]}
