"""`/v1/responses`: the request to the model, and its answer as a whole or as events."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from chat_ui.errors import LanguageModelUnavailable
from chat_ui.services.model.prompt import neutralize
from chat_ui.services.openai.completions import neutral

Json = dict[str, Any]

PATH = "/v1/responses"


def response_request(request: Json, max_tokens: int) -> Json:
    """The request to the model, with a limited length and without control tokens."""
    wanted = request.get("max_output_tokens") or max_tokens
    own: Json = {"input": _neutral_input(request["input"]), "max_output_tokens": min(wanted, max_tokens)}
    if "instructions" in request:
        own["instructions"] = neutralize(request["instructions"])
    return request | own


def _neutral_input(given: str | list[Json]) -> str | list[Json]:
    return neutralize(given) if isinstance(given, str) else [_neutral_item(item) for item in given]


def _neutral_item(item: Json) -> Json:
    if isinstance(item.get("output"), str):
        return item | {"output": neutralize(item["output"])}
    return neutral(item)


async def numbered(events: AsyncGenerator[Json]) -> AsyncGenerator[Json]:
    """Add the sequence numbers and output indexes that OpenAI's clients need where llama.cpp leaves them out."""
    items: list[str] = []
    number = 0
    async with aclosing(events):
        async for event in events:
            yield {"sequence_number": number} | _indexes_of(event, items) | event
            number += 1


def _indexes_of(event: Json, items: list[str]) -> Json:
    """`items` holds the ids of the output's items so far."""
    item = event.get("item_id") or event.get("item", {}).get("id")
    if item is None:
        return {}
    if item not in items:
        items.append(item)
    in_text = event["type"].startswith(("response.content_part", "response.output_text"))
    return {"output_index": items.index(item)} | ({"content_index": 0} if in_text else {})


async def join_events(events: AsyncIterator[Json]) -> Json:
    """Return the whole `response`, which is in the last event.

    Raises:
        LanguageModelUnavailable: the stream ended without one.
    """
    whole: Json = {}
    async for event in events:
        whole = event.get("response", whole)
    if "output" not in whole:
        raise LanguageModelUnavailable
    return whole
