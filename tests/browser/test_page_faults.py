"""Where a page opens, where typing goes, and what the sidebar, selections and interrupted connections do."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.drivers.browser import PHONE, Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, messages, start_chat

pytestmark = pytest.mark.browser

AT_END = "() => scrollY > 0 && document.documentElement.scrollHeight - innerHeight - scrollY < 2"
LONG = "paragraph\n\n" * 60


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


def field_of(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def test_a_long_chat_opens_at_its_end_from_everywhere(world: FakeWorld, page: Page) -> None:
    world.model.answer = LONG
    start_chat(page, "Ada")
    chat = page.url
    ask(page, "Zebras")
    expect_complete(last_reply(page))
    for address in (chat, f"{chat}#latest"):
        page.goto("/settings")
        page.goto(address)
        page.wait_for_function(AT_END)
        expect(field_of(page)).to_be_focused()
    page.goto("/settings")
    page.get_by_role("navigation", name="Chats").get_by_role("link").first.click()
    page.wait_for_function(AT_END)
    page.get_by_role("button", name="Regenerate").click()
    expect(page.get_by_text("2 / 2")).to_be_visible()
    expect_complete(last_reply(page))
    page.wait_for_function(AT_END)
    page.evaluate("scrollTo(0, 0)")
    page.locator(".question").hover()
    page.locator(".question summary").click()
    page.get_by_label("Edit message").fill("Zebras again")
    page.get_by_role("button", name="Send").first.click()
    expect(messages(page, "user").locator("> .text")).to_have_text(["Zebras again"])
    expect_complete(last_reply(page))
    page.wait_for_function(AT_END)
    ask(page, "More")
    expect_complete(last_reply(page))
    page.goto("/search?q=Zebras")
    page.locator("#hits a[href*=messages]").first.click()
    expect(page.locator(".message:target")).to_be_in_viewport()


def test_a_long_chat_opens_at_its_end_without_javascript(world: FakeWorld, people: Watched) -> None:
    world.model.answer = LONG
    page = people.open(java_script_enabled=False).new_page()
    start_chat(page, "Ada")
    chat = page.url
    ask(page, "Zebras")
    while last_reply(page).get_attribute("aria-busy"):
        page.goto(f"{chat}?again#latest")
    for address in (f"{chat}#latest", chat):
        page.goto("/settings")
        page.goto(address)
        expect(last_reply(page).locator("p").last).to_be_in_viewport()


def test_typing_goes_to_the_composer_and_single_keys_do_nothing_else(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("n?/sce")
    expect(field_of(page)).to_have_value("n?/sce")
    page.get_by_role("link", name="Search").focus()
    page.keyboard.type("m")
    expect(field_of(page)).to_have_value("n?/scem")
    assert len(world.db.chats) == 1
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_nothing_is_not_sent(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Ada")
    send = page.get_by_role("button", name="Send")
    expect(send).to_have_attribute("aria-disabled", "true")
    for text in ("", "  "):
        field_of(page).fill(text)
        page.keyboard.press("Enter")
        send.click(force=True)
    field_of(page).fill("Something")
    expect(send).to_have_attribute("aria-disabled", "false")
    assert world.db.messages == {}
    expect(page.locator("#composer-problem")).to_be_empty()


def test_problems_go_with_their_cause(people: Watched, page: Page) -> None:
    start_chat(page, "Ada")
    field_of(page).fill("x" * 16_001)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#composer-problem")).to_contain_text("16,001")
    field_of(page).fill("short")
    expect(page.locator("#composer-problem")).to_be_empty()
    people.problems.clear()


COMPOSED_ENTER = """field => field.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))"""


def test_the_enter_that_ends_a_composition_in_safari_does_not_send(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Ada")
    field_of(page).fill("にほん")
    field_of(page).evaluate(COMPOSED_ENTER)
    page.keyboard.press("Enter")
    expect(messages(page, "user")).to_have_count(1)


NO_STORAGE = """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied"); } });
Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("denied"); } });"""


def test_denied_storage_breaks_nothing_else(people: Watched) -> None:
    context = people.open()
    context.add_init_script(NO_STORAGE)
    page = context.new_page()
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_selected_text_stays_selected_when_the_reply_ends(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "first *words* here\n\n" + "more " * 60, 0.03
    start_chat(page, "Ada")
    ask(page, "Write")
    expect(last_reply(page).locator("p").nth(1)).to_contain_text("more more")
    page.evaluate("""() => {
      const [first, last] = [...document.querySelectorAll(".reply .text p")];
      getSelection().setBaseAndExtent(first.firstChild, 2, last.firstChild, 4);
    }""")
    selected = page.evaluate("getSelection().toString()")
    assert selected.startswith("rst words here")
    expect_complete(last_reply(page))
    assert page.evaluate("getSelection().toString()") == selected


DROP = """target => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["x"], "x.txt"));
  return ["dragover", "drop"].map((type) =>
    target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })));
}"""


def test_a_dropped_file_does_not_replace_the_page(page: Page) -> None:
    start_chat(page, "Ada")
    expect(field_of(page)).to_be_focused()
    for target in ("body", "#composer-content"):
        assert page.locator(target).evaluate(DROP) == [False, False]  # what the browser would do is prevented


def test_the_sidebar_keeps_its_place_with_200_chats(page: Page) -> None:
    start_chat(page, "Chat 0")
    oldest = page.url
    for number in range(1, 200):
        page.request.post("/chats", form={"name": f"Chat {number}"}, max_redirects=0)
    page.goto(oldest)
    links = page.locator("nav.chat-list li a")
    expect(page.locator("#current-chat")).to_be_in_viewport()
    expect(page.locator("#current-chat")).to_have_text("Chat 0")
    for count in (100, 150, 200):
        page.locator("nav.chat-list .more").scroll_into_view_if_needed()
        page.wait_for_function(f"() => document.querySelectorAll('nav.chat-list li a').length >= {count}")
    expect(links).to_have_count(200)
    target = page.get_by_role("navigation", name="Chats").get_by_role("link", name="Chat 30", exact=True)
    target.scroll_into_view_if_needed()
    top = page.locator("nav.chat-list").evaluate("list => list.scrollTop")
    target.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chat 30")
    expect(links).to_have_count(200)
    expect(page.locator("#current-chat")).to_have_text("Chat 30")
    expect(page.locator("#current-chat")).to_be_in_viewport()
    page.wait_for_function(
        f"() => Math.abs(document.querySelector('nav.chat-list').scrollTop - {top}) < 2", timeout=10_000
    )


def test_a_lost_connection_and_a_stop_that_cannot_act_say_so_in_the_replys_line(
    world: FakeWorld, people: Watched, page: Page
) -> None:
    world.model.answer, world.model.pace = "word " * 2000, 0.02
    start_chat(page, "Ada")
    page.route("**/events", lambda route: route.abort())
    ask(page, "Write")
    line = last_reply(page).locator(".progress")
    expect(line).to_contain_text("Connection lost")
    page.unroute("**/events")
    expect(last_reply(page)).to_contain_text("word word")
    page.route("**/stop", lambda route: route.abort())
    page.get_by_role("button", name="Stop").click()
    expect(line).to_contain_text("could not be stopped")
    page.unroute("**/stop")
    page.get_by_role("button", name="Stop").click()
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")
    people.problems.clear()  # the console's words on what was aborted


def test_earlier_messages_are_added_above(world: FakeWorld, page: Page) -> None:
    start_chat(page, "Ada")
    (chat_id,) = world.db.chats
    parent, ids = None, []
    for number in range(240):
        role = "assistant" if number % 2 else "user"
        parent = world.db.add(chat_id, role, f"message {number}", parent, "complete")["id"]
        ids.append(parent)
    page.goto("/settings")
    page.goto(f"/chats/{chat_id}#latest")
    page.wait_for_function(AT_END)
    shown = page.locator("article.message")
    expect(shown).to_have_count(100)
    for count in (200, 240):
        page.get_by_role("link", name="Earlier messages").click()
        expect(shown).to_have_count(count)
    expect(page.get_by_role("link", name="Earlier messages")).to_have_count(0)
    order = [int(text.removeprefix("message ")) for text in shown.locator("> .text").all_inner_texts()]
    assert order == list(range(240))
    page.goto(f"/chats/{chat_id}/messages/{ids[7]}")
    expect(page.locator(".message:target > .text")).to_have_text("message 7")
    expect(page.locator(".message:target")).to_be_in_viewport()
    field_of(page).fill("The end")
    page.keyboard.press("Enter")
    expect(messages(page, "user").last).to_contain_text("The end")
    expect(shown).to_have_count(100)


TABLE = (
    "| " + " | ".join(f"Column {n}" for n in range(8)) + " |\n" + "|---" * 8 + "|\n" + "| some words in it " * 8 + "|"
)


def test_a_table_on_a_phone_is_scrolled_and_its_cells_can_be_read(world: FakeWorld, people: Watched) -> None:
    world.model.answer = TABLE
    page = people.open(**PHONE).new_page()
    start_chat(page, "Ada")
    ask(page, "A table")
    expect_complete(last_reply(page))
    table = last_reply(page).locator(".table")
    width, visible, cell = table.evaluate(
        "box => [box.scrollWidth, box.clientWidth, box.querySelector('td').clientWidth]"
    )
    assert width > visible
    assert cell > 70
    table.focus()
    expect(table).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("address", ["/", "/chats/new", "/search", "/settings", "/keys", "/presets/new", "chat"])
def test_fields_on_a_phone_are_large_enough_not_to_zoom(people: Watched, address: str) -> None:
    page = people.open(**PHONE).new_page()
    start_chat(page, "Ada")
    ask(page, "One")
    if address != "chat":
        page.goto(address)
    sizes = page.locator("input:not([type=hidden]), textarea, select").evaluate_all(
        "fields => fields.map((field) => parseFloat(getComputedStyle(field).fontSize))"
    )
    assert min(sizes) >= 16


def test_reduced_motion_moves_nothing(world: FakeWorld, people: Watched) -> None:
    world.model.thoughts, world.model.answer, world.model.pace = "Hm. " * 20, "word " * 500, 0.02
    page = people.open(reduced_motion="reduce").new_page()
    start_chat(page, "Ada")
    ask(page, "Write")
    for text in ("Hm.", "word word"):
        expect(last_reply(page)).to_contain_text(text)
        assert page.evaluate("document.getAnimations().map((animation) => animation.animationName ?? '')") == []
    page.get_by_role("button", name="Stop").click()
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")


def test_forced_colours_leave_edges_and_let_nothing_shine_through(people: Watched) -> None:
    page = people.open(forced_colors="active").new_page()
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    style = """element => {
      const { borderTopStyle, backgroundColor, backgroundImage } = getComputedStyle(element);
      return [borderTopStyle, backgroundColor, backgroundImage];
    }"""
    edge, *_ = page.locator(".question > .text").evaluate(style)
    assert edge == "solid"
    edge, colour, image = page.locator(".dock").evaluate(style)
    assert (edge, image) == ("solid", "none")
    assert "rgba" not in colour


ZOOMED: dict[str, Any] = {"viewport": {"width": 320, "height": 256}}


def test_at_400_percent_there_is_room_for_the_text(world: FakeWorld, people: Watched) -> None:
    world.model.answer = LONG
    page = people.open(**ZOOMED).new_page()
    start_chat(page, "Ada")
    ask(page, "One")
    expect_complete(last_reply(page))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate("scrollTo(0, 600)")
    covered = page.evaluate("""() => [...Array(25).keys()].filter(
      (n) => !document.elementFromPoint(160, n * 10 + 5)?.closest(".messages, .main")
        || document.elementFromPoint(160, n * 10 + 5)?.closest(".dock, .sidebar")).length""")
    assert covered < 5
    field_of(page).scroll_into_view_if_needed()
    expect(field_of(page)).to_be_in_viewport(ratio=1)


def test_each_text_has_its_own_direction_and_code_has_one(world: FakeWorld, page: Page) -> None:
    world.model.answer = "مرحبا بالعالم\n\nHello\n\n- واحد\n- two\n\n```\nمرحبا = 1\n```\n\n`x = 1` هنا"  # noqa: RUF001
    start_chat(page, "Ada")
    ask(page, "שלום עולם")
    expect_complete(last_reply(page))
    page.reload()
    direction = "element => getComputedStyle(element).direction"
    assert messages(page, "user").locator("> .text").evaluate(direction) == "rtl"
    assert page.locator("#chat-title").evaluate(direction) == "rtl"
    assert page.locator("#current-chat").evaluate(direction) == "rtl"
    assert {page.locator(".reply :is(pre, code)").nth(n).evaluate(direction) for n in range(3)} == {"ltr"}
    field_of(page).fill("שלום")
    assert field_of(page).evaluate(direction) == "rtl"
    hello = last_reply(page).locator("p", has_text="Hello")
    assert hello.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
