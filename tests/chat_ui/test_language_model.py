import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from chat_ui.clients.model.language_model import _wanted
from chat_ui.clients.model.stream_parser import PartReader, read_lines
from chat_ui.errors import ContextExceeded, LanguageModelUnavailable
from chat_ui.models.prompts import Delta, Finish


@pytest.mark.parametrize(
    "pieces", [["Paris", " is", " big"], ["Paris is big"], ["P", "aris is b", "ig"], ["Paris is", " big"], [" big"]]
)
def test_a_repeated_prefix_is_taken_off_however_it_is_cut(pieces: list[str]) -> None:
    assert text_after("Paris is", pieces) == " big"


@pytest.mark.parametrize("pieces", [["-", " b\n"], ["- ", "b\n"], ["-"], ["- a"]])
def test_an_answer_that_only_begins_like_the_prefix_loses_nothing(pieces: list[str]) -> None:
    assert text_after("- a\n- c", pieces) == "".join(pieces)


def test_a_stream_is_read_to_its_finish() -> None:
    lines = [
        ": comment",
        'data: {"choices":[{"delta":{"content":"Hi"}}]}',
        "",
        'data: {"choices":[{"delta":{},"finish_reason":"length"}]}',
        'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1},"model":"demo","timings":{"cache_n":2}}',
        "data: [DONE]",
    ]
    assert read(lines) == [Delta("Hi"), Finish("length", "demo", 3, 1, {"cache_n": 2})]


def test_a_stream_that_ends_without_a_finish_broke_off() -> None:
    with pytest.raises(LanguageModelUnavailable):
        read(['data: {"choices":[{"delta":{"content":"Hi"}}]}'])


def test_an_error_inside_the_stream_is_raised() -> None:
    error = (
        '{"error":{"code":400,"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8,"message":"too long"}}'
    )
    with pytest.raises(ContextExceeded, match="9 tokens"):
        read([f"data: {error}"])


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_line_ends_with_a_line_feed_alone(size: int) -> None:
    body = "data: a\u2028b\x85ü\n\ndata: [DONE]\n".encode()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    assert asyncio.run(lines_of(pieces)) == ["data: a\u2028b\x85ü", "", "data: [DONE]"]


async def lines_of(pieces: list[bytes]) -> list[str]:
    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return [line async for line in read_lines(stream())]


@pytest.mark.parametrize(
    ("tags", "wanted"), [(["wanted:qwen2.5-0.5b"], "qwen2.5-0.5b"), (["wanted:demo"], None), ([], None), (None, None)]
)
def test_a_stand_in_says_for_whom(tags: list[str] | None, wanted: str | None) -> None:
    assert _wanted({"id": "demo", "tags": tags}) == wanted


def text_after(prefix: str, pieces: list[str]) -> str:
    lines = [f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}" for piece in pieces]
    lines.append('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}')
    return "".join(part.text for part in read(lines, prefix) if isinstance(part, Delta))


def read(lines: list[str], prefix: str = "") -> Sequence[object]:
    reader = PartReader(prefix, seeking=False)
    return [part for line in lines for part in reader.read(line.encode())] + list(reader.end())
