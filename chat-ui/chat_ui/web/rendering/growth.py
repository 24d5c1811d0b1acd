"""The fragment of a growing text, made without Jinja: each stream sends one at every tick (`bench streams`)."""

from markupsafe import Markup


def growth(finished: str, still_open: str, place: str) -> str:
    """Markup that puts `finished` before the open block and replaces the open block.

    Args:
        finished: safe HTML of the blocks that have been finished since the last update.
        still_open: safe HTML of the open block.
        place: id of the open block's element.
    """
    added = _partial(place, "beforebegin", finished) if finished else ""
    return Markup(added + _partial(place, "innerHTML", still_open))  # noqa: S704 - safe HTML, and an id of ours


def _partial(place: str, swap: str, html: str) -> str:
    return f'<hx-partial hx-target="#{place}" hx-swap="{swap}">{html}</hx-partial>'
