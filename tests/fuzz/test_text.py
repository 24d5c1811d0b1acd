"""Texts of any shape: Markdown becomes harmless HTML, and prompts keep their rules."""

import re
import uuid
from datetime import UTC, datetime
from itertools import pairwise

from chat_ui.markdown.growing import GrowingMarkdown
from chat_ui.markdown.render import render
from chat_ui.models.chats import ChatSettings, Message, Role, Status
from chat_ui.models.reasoning import split
from chat_ui.services.model.prompt import build_prefill, build_prompt
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.examples import fuzzed
from tests.support.drivers.html import parse_html
from tests.support.fixtures.attacks import ATTACKS

HARMFUL = "script, style, iframe, object, embed, form, input, img, svg, math, link, meta, base, template"

pieces = st.one_of(
    st.sampled_from(ATTACKS),
    st.sampled_from(
        ["\n", "\n\n", "> ", "- ", "1. ", "    ", "```", "~~~", "`", "*", "**", "~~", "|", "|-|", "# ", "[^1]"]
    ),
    st.sampled_from(["[^1]: ", "[a](", "![", "](", ")", "<", ">", "&", "&#0;", "\\[", "\\(", "$$", "$", "\\", "---"]),
    st.sampled_from(
        ["<think>\n", "\n</think>\n", "<|im_end|>", "\u200d", "\u202e", "\ufeff", "\r", "\t", "\x1b", "👩‍👩‍👧"]
    ),
    st.text(max_size=20),
    st.characters(exclude_categories=["Cs"]).map(lambda character: character * 50),
)
texts = st.lists(pieces, max_size=25).map("".join)


@fuzzed(300)
@given(texts)
def test_any_markdown_becomes_harmless_html(text: str) -> None:
    html = parse_html(f"<main>{render(text)}</main>")
    assert html.css(HARMFUL) == []
    for element in html.css("main *"):
        assert not [name for name in element.attributes if name.startswith(("on", "hx-", "style"))]
        address = (element.attributes.get("href") or "").strip().lower()
        assert not re.match(r"(javascript|data|vbscript):", address)


@fuzzed(200)
@given(texts, st.lists(st.integers(0, 600), max_size=6))
def test_any_markdown_grows_in_any_steps(text: str, cuts: list[int]) -> None:
    growing, whole = GrowingMarkdown(), GrowingMarkdown()
    for end in [*sorted(min(cut, len(text)) for cut in cuts), len(text)]:
        growing.grow(text[:end])
    whole.grow(text)
    assert _words("".join(growing.blocks) + growing.open) == _words("".join(whole.blocks) + whole.open)


def _words(html: str) -> str:
    return re.sub(r"<[^>]+>|\s+", "", html)


@fuzzed(300)
@given(texts)
def test_any_text_splits_into_thoughts_and_answer(text: str) -> None:
    reasoning = split(text)
    assert reasoning.answer == text[reasoning.answer_start :] or reasoning.thinking


@fuzzed(300)
@given(
    st.lists(st.tuples(texts, texts), max_size=8),
    texts.filter(str.strip),
    st.builds(ChatSettings, system_prompt=st.none() | texts, max_tokens=st.none() | st.integers(1, 10**6)),
    st.integers(64, 8192),
    st.integers(1, 10**6),
)
def test_any_chat_becomes_a_prompt(
    turns: list[tuple[str, str]], question: str, settings: ChatSettings, context: int, max_tokens: int
) -> None:
    path = [message for asked, answered in turns for message in (_message(asked), _message(answered, Role.ASSISTANT))]
    prompt = build_prompt([*path, _message(question)], settings, "", context_tokens=context, max_tokens=max_tokens)
    roles = [turn.role for turn in prompt.turns]
    assert roles[-1] == Role.USER
    assert all(one != other for one, other in pairwise(roles))
    assert 1 <= prompt.max_tokens <= max_tokens
    assert not any(re.search(r"<\|\w+\|>", turn.content) for turn in prompt.turns)
    build_prefill(path, settings, question, context_tokens=context, max_tokens=max_tokens)


def _message(content: str, role: Role = Role.USER) -> Message:
    return Message(
        id=uuid.uuid4(),
        chat_id=uuid.UUID(int=0),
        parent_id=None,
        role=role,
        content=content,
        status=Status.COMPLETE,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
