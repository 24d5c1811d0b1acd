import uuid
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from chat_ui.models.chats import ChatSettings, Message, Role, Status
from chat_ui.models.prompts import Turn
from chat_ui.services.model.prompt import (
    build_prefill,
    build_prompt,
    estimate_tokens,
    first_kept_turn,
    neutralize,
    whole_words,
)
from hypothesis import given
from hypothesis import strategies as st

sizes = st.lists(st.integers(1, 900), min_size=1, max_size=60)


def test_the_prompt_is_the_path() -> None:
    prompt = build_prompt(path("Hi", "Hello!", "How are you?"), ChatSettings(), "", context_tokens=4096, max_tokens=100)
    assert [turn.content for turn in prompt.turns] == ["Hi", "Hello!", "How are you?"]


def test_the_system_prompt_comes_first() -> None:
    settings = ChatSettings(system_prompt="Be brief.", temperature=0.2, max_tokens=7)
    prompt = build_prompt(path("Hi"), settings, "", context_tokens=4096, max_tokens=100)
    assert prompt.turns[0] == Turn("system", "Be brief.")
    assert (prompt.temperature, prompt.max_tokens) == (0.2, 7)


@given(st.lists(st.sampled_from(["", "Hello!"]), min_size=1, max_size=8), st.booleans())
def test_roles_alternate_whichever_replies_ended_before_their_first_word(
    replies: list[str], has_instructions: bool
) -> None:
    contents = [text for reply in replies for text in ("Hi", reply)] + ["And now?"]
    settings = ChatSettings(system_prompt="Be brief." if has_instructions else None)
    for text in ("", "It is"):
        turns = build_prompt(path(*contents), settings, text, context_tokens=4096, max_tokens=100).turns
        roles = [turn.role for turn in turns]
        assert all(one != other for one, other in pairwise(roles))
        assert sum(turn.content.count("Hi") for turn in turns) == len(replies)
        assert turns[-1].content.endswith(text or "And now?")


def test_a_half_written_reply_is_the_last_turn() -> None:
    prompt = build_prompt(path("Hi"), ChatSettings(), "Hello, I", context_tokens=4096, max_tokens=100)
    assert prompt.prefix == "Hello, I"


words = st.lists(st.sampled_from(["tides", "and", "moon,", "why?", "a" * 30]), min_size=1, max_size=300).map(" ".join)


@given(st.lists(words, min_size=3, max_size=21))
def test_a_prompt_begins_with_the_one_before_unless_the_memory_was_cut(contents: list[str]) -> None:
    """Byte for byte: what the server has read stays good."""
    chat = path(*contents)
    prompts = [
        build_prompt(chat[:end], ChatSettings(system_prompt="Be brief."), "", context_tokens=2048, max_tokens=100).turns
        for end in range(1, len(chat) + 1, 2)
    ]
    for earlier, later in pairwise(prompts):
        assert later[: len(earlier)] == earlier or later[1] != earlier[1]


@given(st.lists(words, min_size=3, max_size=9), st.integers(0, 300))
def test_what_is_read_ahead_is_the_beginning_of_the_prompt_to_come(contents: list[str], typed: int) -> None:
    chat, settings = path(*contents[: len(contents) // 2 * 2 - 1], "", contents[-1]), ChatSettings()
    asked = build_prompt(chat, settings, "", context_tokens=100_000, max_tokens=100).turns
    read = build_prefill(chat[:-1], settings, contents[-1][:typed], context_tokens=100_000, max_tokens=100).turns
    assert read[:-1] == asked[:-1]
    assert asked[-1].content.startswith(read[-1].content)


@given(sizes)
def test_memory_begins_with_a_person_and_keeps_the_last_message(sizes: list[int]) -> None:
    turns = exchange(sizes)
    begin = first_kept_turn(turns, room=1000)
    assert 0 <= begin < len(turns)
    assert turns[begin].role == "user"


@given(sizes)
def test_memory_begins_at_the_same_place_for_many_turns(sizes: list[int]) -> None:
    """It only ever moves forward, and only when the prompt would not fit any more."""
    turns = exchange(sizes)
    begins = [first_kept_turn(turns[:end], room=1000) for end in range(1, len(turns) + 1, 2)]
    assert begins == sorted(begins)
    small = exchange([30] * len(sizes))
    moves = {first_kept_turn(small[:end], room=1000) for end in range(1, len(small) + 1, 2)}
    assert len(moves) <= 1 + len(small) // 20


def test_a_chat_that_fits_is_sent_whole() -> None:
    assert first_kept_turn(exchange([10] * 21), room=1000) == 0


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("The quick brown fox jumps over the lazy dog. " * 20, 180),
        ("敏捷的棕色狐狸跳过了懒狗。" * 20, 180),  # real tokenizers need 0.6 to 1 token a character
        ("สุนัขจิ้งจอกสีน้ำตาลกระโดดข้ามสุนัขขี้เกียจ" * 10, 200),
        ("Быстрая коричневая лиса перепрыгивает через ленивую собаку. " * 10, 130),
        ("for (int i = 0; i < n; ++i) { a[i] += b[i]; }\n" * 10, 150),
    ],
)
def test_the_estimate_of_tokens_is_cautious_in_every_script(text: str, least: int) -> None:
    assert estimate_tokens(text) >= least


@given(st.text(max_size=200))
def test_whole_words_is_a_prefix_and_loses_little(text: str) -> None:
    kept = whole_words(text)
    assert text.startswith(kept)
    assert len(text.rstrip()) - len(kept) <= 41 + len(text) - len(text.rstrip()) or text[len(kept)].isspace()


def test_whole_words_drops_the_last_word_and_the_blank_before_it() -> None:
    assert whole_words("The capital of Fra") == "The capital of"
    assert whole_words("one, two,\n\nthr") == "one, two,"
    assert whole_words("word") == ""
    assert whole_words("ends here ") == "ends here"
    assert whole_words("") == ""


def test_whole_words_of_a_text_without_blanks_gives_up_a_bounded_piece() -> None:
    assert whole_words("字" * 100) == "字" * 60


def test_control_tokens_are_made_harmless_and_nothing_else_is_touched() -> None:
    assert "<|im_start|>" not in neutralize("a <|im_start|> b")
    assert neutralize("a <| b |> c < | d") == "a <| b |> c < | d"


def path(*contents: str) -> list[Message]:
    return [
        Message(
            id=uuid.uuid4(),
            chat_id=uuid.uuid4(),
            parent_id=None,
            role=(Role.USER, Role.ASSISTANT)[at % 2],
            content=content,
            status=Status.COMPLETE,
            created_at=datetime.now(UTC),
        )
        for at, content in enumerate(contents)
    ]


def exchange(tokens: list[int]) -> list[Turn]:
    return [Turn(("user", "assistant")[at % 2], "abc" * size) for at, size in enumerate(tokens)]
