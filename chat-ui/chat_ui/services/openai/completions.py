"""`/v1/chat/completions`: the request to the model, and its answer as a whole or in chunks."""

from collections.abc import AsyncIterator
from typing import Any

from chat_ui.services.openai.schema_limits import check_schemas

Json = dict[str, Any]

PATH = "/v1/chat/completions"
SEEDS = 2**32 - 1
"""llama.cpp's seeds have 32 bits, and its last one stands for a random seed."""

PUBLIC = ("id", "object", "created", "model", "system_fingerprint", "choices")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


def completion_request(request: Json, max_tokens: int) -> Json:
    """The request to the model, with a limited length.

    Raises:
        RequestTooComplex: its schemas exceed a limit.
    """
    check_schemas([request.get("response_format"), *(request.get("tools") or ())])
    wanted = request.get("max_completion_tokens") or request.get("max_tokens") or max_tokens
    own: Json = {"max_tokens": min(wanted, max_tokens), "stream_options": {"include_usage": True}}
    if "seed" in request:
        own["seed"] = request["seed"] % SEEDS
    # llama.cpp reads either name, and only one of them is limited here.
    return {name: value for name, value in request.items() if name != "max_completion_tokens"} | own


def public_chunk(chunk: Json) -> Json | None:
    """What a caller may see of a chunk; None if that is nothing.

    llama.cpp's counts of cached tokens and its timings tell what other users of the server have asked.
    """
    if "prompt_progress" in chunk:
        return None
    public = {name: chunk[name] for name in PUBLIC if name in chunk}
    if usage := chunk.get("usage"):
        public["usage"] = {name: usage[name] for name in COUNTS if name in usage}
    return public if public.get("choices") or "usage" in public else None


async def join_chunks(chunks: AsyncIterator[Json]) -> Json:
    """Join the chunks of a stream into one `chat.completion`."""
    whole: Json = {}
    message: Json = {"role": "assistant", "content": None}
    choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": None}
    async for chunk in chunks:
        whole |= {name: value for name, value in chunk.items() if name != "choices"}
        for part in chunk.get("choices", ()):
            _join_delta(message, part.get("delta") or {})
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
            if part.get("logprobs"):
                logprobs = choice["logprobs"] = choice["logprobs"] or {"content": []}
                logprobs["content"] += part["logprobs"]["content"]
    if message["content"] is None and "tool_calls" not in message:
        message["content"] = ""
    return whole | {"object": "chat.completion", "choices": [choice]}


def _join_delta(message: Json, delta: Json) -> None:
    for name in ("content", "reasoning_content"):
        if delta.get(name):
            message[name] = (message.get(name) or "") + delta[name]
    for call in delta.get("tool_calls") or ():
        calls = message.setdefault("tool_calls", [])
        while len(calls) <= call["index"]:
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        whole = calls[call["index"]]
        whole["id"] = call.get("id") or whole["id"]
        for name, text in (call.get("function") or {}).items():
            whole["function"][name] += text or ""


def without_usage(chunk: Json) -> Json | None:
    """The chunk for a caller who did not request the usage; None if it has nothing else."""
    return {name: value for name, value in chunk.items() if name != "usage"} if chunk.get("choices") else None
