"""Pages and fragments as tests read them: what a selector asks for is there, or the test fails and shows the HTML."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode


@dataclass(frozen=True)
class Element:
    """An element of a page."""

    node: LexborNode

    def css(self, selector: str) -> list["Element"]:
        return [Element(node) for node in self.node.css(selector)]

    def css_first(self, selector: str) -> "Element":
        """Return the first match.

        Raises:
            AssertionError: nothing matches.
        """
        node = self.node.css_first(selector)
        assert node is not None, f"{selector} is not in {self.html}"
        return Element(node)

    def css_matches(self, selector: str) -> bool:
        return self.node.css_first(selector) is not None

    def text(self, separator: str = "", *, strip: bool = False) -> str:
        return self.node.text(separator=separator, strip=strip)

    @property
    def attributes(self) -> dict[str, str]:
        """By name; an attribute without a value is empty."""
        return {name: value or "" for name, value in self.node.attributes.items()}

    @property
    def id(self) -> str:
        return self.attributes["id"]

    @property
    def html(self) -> str:
        return self.node.html or ""

    @property
    def inner_html(self) -> str:
        return self.node.inner_html or ""

    @property
    def tag(self) -> str:
        return self.node.tag or ""


def parse_html(text: str) -> Element:
    """Parse a page, or a fragment as if it stood in a page's body."""
    root = LexborHTMLParser(text).root
    assert root is not None, "the page is empty"
    return Element(root)
