"""How light a page is: a chat of 50 messages behind the real nginx, opened with an empty cache."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from urllib.parse import urlsplit

from parley_local.nginx import Nginx
from parley_local.ports import LOOPBACK, free_port, http_url
from playwright.sync_api import Browser

from tests.support.drivers.axe import find_violations
from tests.support.drivers.browser import TIMEOUT_MILLISECONDS
from tests.support.drivers.chat_ui import FakeWorld, fake_world
from tests.support.running.parts import Part

MESSAGES = 50
REPLY_CHARS = 700
CODE = "\n\n```python\ndef double(number: int) -> int:\n    return 2 * number\n```\n"
PROSE = sorted((Path(__file__).resolve().parents[3] / "docs" / "decisions").glob("*.md"))
"""English of the usual entropy, to be compressed as well as a real chat."""

PAINTED = """() => new Promise((done) => {
  const seen = { shift: 0, largest: 0 };
  const add = (list) => { for (const { value } of list.getEntries()) seen.shift += value; };
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    seen.largest = list.getEntries().at(-1).startTime;
    const [first] = performance.getEntriesByName("first-contentful-paint");
    requestAnimationFrame(() => setTimeout(() => done({ ...seen, first: first.startTime })));
  }).observe({ type: "largest-contentful-paint", buffered: true });
})"""
PRACTICES = """() => ({
  doctype: document.compatMode === "CSS1Compat",
  viewport: Boolean(document.querySelector("meta[name=viewport][content*='width=device-width']")),
  language: Boolean(document.documentElement.lang),
  title: Boolean(document.title),
  sized_images: [...document.images].every((image) => image.width && image.height),
  one_origin: performance.getEntriesByType("resource").every(({ name }) => name.startsWith(location.origin)),
})"""


@dataclass(frozen=True)
class Load:
    """The cost of opening a page: bytes and requests on the wire, milliseconds to paint; and what is wrong with it."""

    transferred: int
    requests: int
    first_paint: float
    largest_paint: float
    shift: float
    """Cumulative layout shift."""
    wrong: tuple[str, ...]


@contextmanager
def long_chat(folder: Path, nginx: Nginx) -> Iterator[tuple[str, FakeWorld]]:
    """Yield nginx's URL and the world behind it."""
    with fake_world() as world:
        port = free_port()
        upstream = int(urlsplit(world.url).port or 0)
        service = nginx.service(folder / "nginx", LOOPBACK, port, upstream_port=upstream, environment={})
        front = Part(service, folder / "nginx.log")
        front.start()
        try:
            yield http_url(LOOPBACK, port), world
        finally:
            front.close()


def fill(world: FakeWorld) -> None:
    texts = wrap(" ".join(word for path in PROSE for word in path.read_text(encoding="utf-8").split()), REPLY_CHARS)
    (chat_id,) = world.db.chats
    parent = None
    for number in range(MESSAGES // 2):
        parent = world.db.add(chat_id, "user", texts[number][:80], parent, "complete")["id"]
        code = CODE if number % 5 == 0 else ""
        parent = world.db.add(chat_id, "assistant", texts[number] + code, parent, "complete")["id"]


def open_cold(browser: Browser, url: str, world: FakeWorld) -> Load:
    """Open a long chat in a browser with an empty cache."""
    first = browser.new_context(base_url=url)
    page = first.new_page()
    page.goto("/")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Start chatting").click()
    page.wait_for_url("**/chats/**")
    chat, signed_in = page.url, first.storage_state()
    first.close()
    fill(world)
    context = browser.new_context(base_url=url, storage_state=signed_in)
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    sizes: list[int] = []
    wire = context.new_cdp_session(page)
    wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    page.goto(chat, wait_until="networkidle")
    painted = page.evaluate(PAINTED)
    wrong = [name for name, holds in page.evaluate(PRACTICES).items() if not holds]
    wrong += [*said, *(rule for rule, *_ in find_violations(page))]
    context.close()
    figures = sum(sizes), len(sizes), painted["first"], painted["largest"], painted["shift"]
    return Load(*figures, tuple(wrong))
