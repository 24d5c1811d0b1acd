"""A page as a person without a mouse uses it."""

from playwright.sync_api import Page

MOST_TABS = 150

START = """() => {
  const acts = "a[href], button:enabled, input:enabled:not([type=hidden]), textarea:enabled, select:enabled, summary";
  document.documentElement.tabIndex = -1; // start at the top
  document.documentElement.focus();
  window.unreached = new Set([...document.querySelectorAll(acts)].filter((element) => element.checkVisibility()));
  window.reached = new Set();
}"""
LOOK = """() => {
  const element = document.activeElement;
  if (element.contains(document.body) || window.reached.has(element)) return null;
  window.reached.add(element);
  window.unreached.delete(element);
  const name = element.outerHTML.slice(0, 160);
  const ring = [element, element.parentElement].map(getComputedStyle);
  const isSeen = ({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  if (!ring.some(isSeen)) return `no ring: ${name}`;
  const { left, top, width, height } = element.getBoundingClientRect();
  const above = document.elementFromPoint(left + width / 2, top + height / 2);
  return element.contains(above) || above?.contains(element) ? "" : `hidden: ${name}`;
}"""
LEFT = """() => {
  const left = [...window.unreached].filter((element) => element.isConnected); // htmx may have replaced some
  return left.map((element) => element.outerHTML.slice(0, 160));
}"""


def walk(page: Page) -> list[str]:
    """Walk the page with the Tab key; return what is wrong: controls out of reach, focus that cannot be seen."""
    wrong: list[str] = []
    page.evaluate(START)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(LOOK)
        if found is None:
            break
        wrong += [found] if found else []
    return wrong + [f"not reached: {name}" for name in page.evaluate(LEFT)]
