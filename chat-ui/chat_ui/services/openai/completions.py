"""`/v1/chat/completions`: the request to the model, and its answer as a whole or in chunks."""

from collections.abc import AsyncIterator
from typing import Any

from chat_ui.services.model.prompt import neutralize

Json = dict[str, Any]

PATH = "/v1/chat/completions"


def completion_request(request: Json, max_tokens: int) -> Json:
    """The request to the model, with a limited length and without control tokens."""
    wanted = request.get("max_completion_tokens") or request.get("max_tokens") or max_tokens
    # llama.cpp reads either name, and only one of them is limited here.
    return {name: value for name, value in request.items() if name != "max_completion_tokens"} | {
        "messages": [neutral(message) for message in request["messages"]],
        "max_tokens": min(wanted, max_tokens),
        "stream_options": {"include_usage": True},
    }


async def join_chunks(chunks: AsyncIterator[Json]) -> Json:
    """Join the chunks of a stream into one `chat.completion`."""
    whole: Json = {}
    message: Json = {"role": "assistant", "content": None}
    choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": None}
    async for chunk in chunks:
        whole |= {name: value for name, value in chunk.items() if name != "choices"}
        for part in chunk["choices"]:
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


def neutral(message: Json) -> Json:
    """The message with its text free of control tokens."""
    content = message.get("content")
    if isinstance(content, str):
        return message | {"content": neutralize(content)}
    if isinstance(content, list):
        return message | {"content": [_neutral_part(part) for part in content]}
    return message


def _neutral_part(part: Json) -> Json:
    return part | {"text": neutralize(part["text"])} if isinstance(part.get("text"), str) else part


def without_usage(chunk: Json) -> Json | None:
    """The chunk for a caller who did not request the usage; None if it has nothing else."""
    return {name: value for name, value in chunk.items() if name != "usage"} if chunk["choices"] else None
