"""What a model writes, as a real browser shows it; a fake model writes what no real one writes on demand."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.drivers.browser import Watched
from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.conversation import ask, expect_complete, last_reply, start_chat

pytestmark = pytest.mark.browser


@pytest.fixture
def site(world: FakeWorld) -> str:
    return world.url


def test_thoughts_can_be_read_while_they_come_and_stay_unfolded(world: FakeWorld, page: Page) -> None:
    world.model.thoughts, world.model.pace = "First this.\n\n" + "And then that. " * 10_000, 0.02
    start_chat(page, "Ada")
    ask(page, "Think!")
    thoughts = last_reply(page).locator("details.thoughts")
    expect(thoughts.locator("summary")).to_have_text("Thinking")
    expect(thoughts.get_by_text("First this.")).to_be_hidden()
    thoughts.locator("summary").click()
    expect(thoughts.get_by_text("First this.")).to_be_visible()
    thoughts.evaluate("element => { element.first = element.querySelector('p') }")
    expect(thoughts).to_contain_text("And then that. And then that.")
    assert thoughts.evaluate("element => element.first.isConnected")  # a finished block stays untouched
    page.get_by_role("button", name="Stop").click()
    expect(last_reply(page)).to_have_attribute("data-status", "stopped")
    expect(thoughts.locator("summary")).to_have_text("Stopped while thinking")
    expect(thoughts.get_by_text("First this.")).to_be_visible()
    page.reload()
    expect(thoughts.get_by_text("First this.")).to_be_hidden()


FORMULAS = r"""Euler found $e^{i\pi} + 1 = 0$, and \(a_1 * b_1 * c\) is $5 and $6.

\[
x
= \sqrt{y}
\]

$$\frac{1}{2} \begin{pmatrix} a & b \\ c & d \end{pmatrix}$$

Wrong: \(\frac{1}\) and \(\href{javascript:alert(1)}{x} \url{javascript:alert(1)}\)"""


def test_formulas_are_set_as_they_come_and_prices_are_not(world: FakeWorld, people: Watched) -> None:
    world.model.answer, world.model.pace = FORMULAS + "\n\nAnd so on." + " more" * 10_000, 0.02
    page, requested = people.open().new_page(), list[str]()
    page.on("request", lambda request: requested.append(request.url.rpartition("/")[2]))
    start_chat(page, "Emmy")
    assert not any("katex" in name.lower() for name in requested)
    ask(page, "Some formulas, please")
    reply = last_reply(page)
    expect(reply.locator(".katex")).to_have_count(5, timeout=60_000)
    expect(reply).to_have_attribute("aria-busy", "true")  # while it still grows
    page.get_by_role("button", name="Stop").click()
    expect(reply).to_have_attribute("data-status", "stopped")
    expect(reply.locator(".katex")).to_have_count(5)
    expect(reply.locator(".math.display .katex-display")).to_have_count(2)
    expect(reply.locator("p").first).to_contain_text("is $5 and $6.")
    expect(reply.get_by_text("\\(\\frac{1}\\)")).to_be_visible()  # what is no TeX stays as it was written
    assert reply.locator(".katex a").count() == 0
    assert {"katex.min.js", "katex.min.css"} <= set(requested)
    page.reload()
    expect(last_reply(page).locator(".katex")).to_have_count(5)
    assert page.evaluate("document.fonts.check('16px KaTeX_Main')")


def test_without_scripts_formulas_are_read_as_tex(world: FakeWorld, people: Watched) -> None:
    world.model.answer = FORMULAS
    page = people.open(java_script_enabled=False).new_page()
    start_chat(page, "Sofya")
    ask(page, "Some formulas, please")
    while last_reply(page).get_attribute("aria-busy"):
        page.reload()
    expect(last_reply(page).locator(".math").first).to_have_text(r"$e^{i\pi} + 1 = 0$")


def test_a_footnote_leads_to_its_note_and_back(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "Water is wet.[^1]\n\nIt flows.[^1]\n\n[^1]: As *measured*.", 0.02
    start_chat(page, "Rosalind")
    for _ in range(2):
        ask(page, "How is water?")
        expect_complete(last_reply(page))
    last_reply(page).get_by_role("link", name="1", exact=True).first.click()
    expect(last_reply(page).locator(".footnote:target")).to_contain_text("As measured.")
    page.get_by_role("link", name="1: back to the text").last.click()
    expect(last_reply(page).locator("a:target")).to_have_text("1")
    ids = page.locator("[id]").evaluate_all("elements => elements.map((element) => element.id)")
    assert len(ids) == len(set(ids))


COPIED = """() => {
  const data = new DataTransfer();
  const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
  return event.defaultPrevented ? data.getData("text/plain") : String(getSelection());
}"""


def test_a_copied_formula_is_its_tex(world: FakeWorld, page: Page) -> None:
    world.model.answer, world.model.pace = "It is $a_1$ so.\n\n\\[\\sqrt{x}\\]\n\nDone.", 0.0
    start_chat(page, "Ada")
    ask(page, "A formula, please")
    reply = last_reply(page)
    expect(reply.locator(".katex").last).to_be_visible(timeout=60_000)
    reply.locator(".text").evaluate("element => getSelection().selectAllChildren(element)")
    assert [line for line in page.evaluate(COPIED).split("\n") if line] == [
        "It is $a_1$ so.",
        "\\[\\sqrt{x}\\]",
        "Done.",
    ]
    reply.locator(".katex-html .mord").first.evaluate("element => getSelection().selectAllChildren(element)")
    assert page.evaluate(COPIED).strip() == "$a_1$"
    reply.locator("p").last.evaluate("element => getSelection().selectAllChildren(element)")
    assert page.evaluate(COPIED).strip() == "Done."


def test_a_link_opens_a_tab_of_its_own(world: FakeWorld, people: Watched) -> None:
    world.model.answer, world.model.pace = f"See {world.url}/search and README.md", 0.0
    page = people.open().new_page()
    start_chat(page, "Ada")
    ask(page, "A link, please")
    expect_complete(last_reply(page))
    expect(last_reply(page).get_by_role("link", name="README.md")).to_have_count(0)
    with page.context.expect_page() as opened:
        last_reply(page).get_by_role("link", name="/search").click()
    assert opened.value.evaluate("window.opener") is None
    expect(last_reply(page)).to_be_visible()
