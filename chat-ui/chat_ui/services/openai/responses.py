"""`/v1/responses`: the request to the model, and its answer as a whole or as events."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from chat_ui.errors import LanguageModelUnavailable
from chat_ui.services.openai.schema_limits import check_schemas

Json = dict[str, Any]

PATH = "/v1/responses"
PRIVATE = ("timings", "usage", "prompt_progress", "__verbose")
IN_PROGRESS = "response.in_progress"
"""llama.cpp repeats this event to report how much of the prompt is read."""
COUNTS = ("input_tokens", "output_tokens", "total_tokens")


def response_request(request: Json, max_tokens: int) -> Json:
    """The request to the model, with a limited length.

    Raises:
        RequestTooComplex: its schemas exceed a limit.
    """
    check_schemas([request.get("text"), *(request.get("tools") or ())])
    wanted = request.get("max_output_tokens") or max_tokens
    return request | {"max_output_tokens": min(wanted, max_tokens)}


def public_event(event: Json) -> Json:
    """What a caller may see of an event; see `completions.public_chunk`."""
    public = {name: value for name, value in event.items() if name not in PRIVATE}
    if isinstance(response := event.get("response"), dict):
        public["response"] = {name: value for name, value in response.items() if name not in PRIVATE}
        if usage := response.get("usage"):
            public["response"]["usage"] = {name: usage[name] for name in COUNTS if name in usage}
    return public


async def numbered(events: AsyncGenerator[Json]) -> AsyncGenerator[Json]:
    """Add the sequence numbers and output indexes that OpenAI's clients need where llama.cpp leaves them out."""
    items: list[str] = []
    number, in_progress = 0, False
    async with aclosing(events):
        async for event in events:
            if in_progress and event["type"] == IN_PROGRESS:
                continue
            in_progress = in_progress or event["type"] == IN_PROGRESS
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
