"""The model server's event stream, whole and broken: it parses to the same parts, or ends with one of our errors."""

import json
from itertools import pairwise
from typing import Any

from chat_ui.clients.model.stream_parser import Lines, PartReader
from chat_ui.errors import ContextExceeded, LanguageModelRefused, LanguageModelUnavailable
from chat_ui.models.prompts import Delta, Finish, Part, Thought
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.examples import fuzzed

OURS = (LanguageModelUnavailable, ContextExceeded, LanguageModelRefused)

words = st.one_of(
    st.sampled_from(["<think>", "</think>", "</thi", "nk>", "\n\n", " ", "\u2028", "\0", "data: {", "\r", "👩‍👩‍👧"]),
    st.text(max_size=10),
)
numbers = st.integers() | st.floats() | st.none() | st.booleans()
anything = st.recursive(numbers | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
deltas = st.fixed_dictionaries(
    {}, optional={"content": words, "reasoning_content": words, "role": st.just("assistant")}
)


def _event(chunk: Any) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _stream(parts: list[dict[str, str]]) -> bytes:
    chunks: list[Any] = [{"choices": [{"delta": delta, "finish_reason": None}]} for delta in parts]
    chunks += [{"choices": [{"delta": {}, "finish_reason": "stop"}], "model": "m"}]
    return b": comment\n\n" + b"".join(map(_event, chunks)) + b"data: [DONE]\n\n"


def _parts(pieces: list[bytes], *, seeking: bool) -> list[Part]:
    lines, reader = Lines(), PartReader("", seeking=seeking)
    found = [part for piece in pieces for line in lines.cut(piece) for part in reader.read(line)]
    return [*found, *reader.end()]


@fuzzed(300)
@given(st.lists(deltas, max_size=12), st.lists(st.integers(0, 2_000), max_size=20), st.booleans())
def test_a_stream_in_any_pieces_has_the_same_parts(parts: list[dict[str, str]], cuts: list[int], seeking: bool) -> None:
    stream = _stream(parts)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[begin:end] for begin, end in pairwise(edges)]
    whole = _parts([stream], seeking=seeking)
    assert _parts(pieces, seeking=seeking) == whole
    assert isinstance(whole[-1], Finish)
    for part in whole[:-1]:
        assert isinstance(part, Delta | Thought)
        assert "\0" not in part.text


@fuzzed(300)
@given(st.lists(st.binary(max_size=40), max_size=10))
def test_bytes_that_are_no_event_say_nothing(garbage: list[bytes]) -> None:
    reader, lines = PartReader("", seeking=True), Lines()
    for line in lines.cut(b"\n".join(garbage) + b"\n"):
        if not line.startswith(b"data: {"):
            assert list(reader.read(line)) == []


@fuzzed(300)
@given(
    st.one_of(
        st.fixed_dictionaries({"error": st.fixed_dictionaries({"code": numbers, "message": st.text()})}),
        st.fixed_dictionaries({"choices": st.just([])}, optional={"usage": st.just({}), "timings": st.just({})}),
    ),
    st.integers(0, 10),
)
def test_an_error_or_an_early_end_is_one_of_ours(chunk: Any, cut: int) -> None:
    reader = PartReader("", seeking=False)
    try:
        reader.read(_event(chunk).strip())
        reader.end()
    except OURS:
        return
    raise AssertionError("the stream ended as if it were complete")
