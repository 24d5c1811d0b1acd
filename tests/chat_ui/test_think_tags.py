"""Thoughts between tags, however the text is cut into pieces."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from chat_ui.clients.model.think_tags import ThinkTags
from chat_ui.models.prompts import Finish, Part
from chat_ui.models.reasoning import split
from chat_ui.services.replies.generator import write
from chat_ui.services.replies.state import ReplyState
from hypothesis import given
from hypothesis import strategies as st

CASES = {
    "<think>\nWhich one?\n</think>\n\nBlue.": ("Which one?", "Blue."),
    "<think>Which one?</think>Blue.": ("Which one?", "Blue."),
    "<think>\n\n</think>\n\nBlue.": ("", "Blue."),
    "<thinking>\nWhich one?\n</thinking>\nBlue.": ("Which one?", "Blue."),
    "[THINK]Which one?[/THINK]Blue.": ("Which one?", "Blue."),
    "Which one?\n</think>\n\nBlue.": ("Which one?", "Blue."),
    "Which one? I think\nblue.</think>\n\nBlue.": ("Which one? I think\nblue.", "Blue."),
    "</think>\n\nBlue.": ("", "Blue."),
    "Hm.[/THINK]\nBlue.": ("Hm.", "Blue."),
    "<think>\nOne.\n</think>\n<think>\nTwo.\n</think>\nBlue.": ("One.\n\n\n\nTwo.", "Blue."),
    "<think>\nOne.\n</think>\nBlue.\n<think>\nTwo.\n</think>\nOr red.": ("One.", "Blue.\nOr red."),
    "<think> is a tag that some models write.": ("", "<think> is a tag that some models write."),
    "<think> and </think> are tags.": ("", "<think> and </think> are tags."),
    "The tag `</think>`\nends thoughts.": ("", "The tag `</think>`\nends thoughts."),
    "Like this:\n```\n<think>\nHm.\n</think>\n```\nThat is it.": (
        "",
        "Like this:\n```\n<think>\nHm.\n</think>\n```\nThat is it.",
    ),
    "Blue.\n<think>\nnever closed": ("", "Blue.\n<think>\nnever closed"),
    "All is said.</think>": ("", "All is said.</think>"),
    "A <think>x</think>\nb": ("", "A <think>x</think>\nb"),
    "<thi": ("", "<thi"),
    "<think>": ("", "<think>"),
    "a < b and [1, 2]\n": ("", "a < b and [1, 2]\n"),
    "[T]he [THINK ing]": ("", "[T]he [THINK ing]"),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("text", CASES)
def test_thoughts_and_answer_are_separated(text: str, size: int) -> None:
    thoughts, answer = CASES[text]
    found = split(stored(text, [size] * len(text)))
    assert (found.thoughts.split(), found.answer.rstrip()) == (thoughts.split(), answer.rstrip())


@given(st.sampled_from(sorted(CASES)), st.lists(st.integers(1, 9), min_size=80, max_size=80))
def test_however_the_stream_is_cut_the_reply_is_the_same(text: str, sizes: list[int]) -> None:
    assert without_time(stored(text, sizes)) == without_time(stored(text, [1000]))


@given(
    st.text(st.sampled_from("a<>[]/thinkTHINK `\n"), max_size=60), st.lists(st.integers(1, 9), min_size=60, max_size=60)
)
def test_no_character_of_an_answer_without_tags_is_lost(text: str, sizes: list[int]) -> None:
    if "think>" not in text and "THINK]" not in text and text.strip():
        assert stored(text, sizes) == text


@given(st.text(max_size=60))
def test_an_answer_that_is_continued_is_left_alone(text: str) -> None:
    tags = ThinkTags(seeking=False)
    parts = [part for piece in pieces(text, [3] * 60) for part in tags.take(piece)] + tags.rest()
    assert "".join(part.text for part in parts if hasattr(part, "text")) == text


def stored(text: str, sizes: list[int]) -> str:
    """The reply as it is stored, for an answer that arrives in pieces of these sizes."""
    tags, state = ThinkTags(seeking=True), ReplyState(uuid.uuid4(), uuid.uuid4())

    async def stream() -> AsyncIterator[Part]:
        for piece in pieces(text, sizes):
            for part in tags.take(piece):
                yield part
        for part in tags.rest():
            yield part
        yield Finish("stop", None, None, None, None)

    asyncio.run(write(stream(), state, "", 1000))
    return state.text


def without_time(text: str) -> tuple[list[str], str]:
    found = split(text)
    return found.thoughts.split(), found.answer.rstrip()


def pieces(text: str, sizes: list[int]) -> list[str]:
    cut, at = [], 0
    for size in sizes:
        cut.append(text[at : at + size])
        at += size
    return [piece for piece in (*cut, text[at:]) if piece]
