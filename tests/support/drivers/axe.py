"""axe-core on an open page: WCAG 2.2 A and AA, and best practices."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[2] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
# A menu that is open covers targets that can be pressed again when it is closed.
LOOK = """async () => {
  const covered = document.querySelector(".menu[open], .facts[open], dialog[open]") !== null;
  const { violations } = await axe.run(document, { rules: { "target-size": { enabled: !covered } } });
  return violations.map(
    (violation) => [violation.id, ...violation.nodes.map((node) => `${node.html} ${node.failureSummary}`)]);
}"""


def find_violations(page: Page) -> list[Any]:
    """Each broken rule with the elements that break it."""
    page.evaluate(AXE)
    violations: list[Any] = page.evaluate(LOOK)
    return violations
