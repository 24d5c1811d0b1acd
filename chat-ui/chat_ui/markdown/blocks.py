"""Blocks that a text leaves open: a fence of code, or HTML that has a beginning and no end."""

from markdown_it import MarkdownIt

_NEXT = "## The next message"

_HTML_ENDS = {
    "<!--": "-->",
    "<?": "?>",
    "<![cdata[": "]]>",
    "<!": ">",
    "<script": "</script>",
    "<pre": "</pre>",
    "<style": "</style>",
    "<textarea": "</textarea>",
}
"""By their beginnings, the HTML blocks of CommonMark that an empty line does not end."""


def close_blocks(text: str) -> str:
    """Return the text, with an end of its last block if that would take in whatever follows the text.

    >>> close_blocks("Look:\\n````python\\nx = 1")
    'Look:\\n````python\\nx = 1\\n````'
    """
    if _ends_with_heading(f"{text}\n\n{_NEXT}"):
        return text
    last = _parser.parse(text)[-1]
    if last.type == "fence":
        return f"{text}\n{last.markup}"
    begin = last.content.lstrip().lower()
    end = next((end for opening, end in _HTML_ENDS.items() if begin.startswith(opening)), "")
    return f"{text}\n{end}"


def _ends_with_heading(text: str) -> bool:
    tokens = _parser.parse(text)
    return tokens[-1].type == "heading_close" and tokens[-1].level == 0


# Only the blocks matter.
_parser = MarkdownIt("commonmark").disable("inline")
