"""axe-core on an open page: WCAG 2.2 A and AA, and best practices."""

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parents[2] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
# An open menu covers targets only until it is closed.
LOOK = """async () => {
  const covered = document.querySelector(".menu[open], .message-details[open], dialog[open]") !== null;
  const { violations } = await axe.run(document, { rules: { "target-size": { enabled: !covered } } });
  return violations.map(
    (violation) => [violation.id, ...violation.nodes.map((node) => `${node.html} ${node.failureSummary}`)]);
}"""


def find_violations(page: Page) -> list[list[str]]:
    """Return each broken rule's id, followed by the elements that break it."""
    page.evaluate(AXE)
    violations: list[list[str]] = page.evaluate(LOOK)
    return violations
