"""A title's cost in the real server's cache: the server reads only the request, and the chat stays cached."""

from typing import Any

import httpx
from chat_ui.services.model.prompt import TITLE_REQUEST, TITLE_TOKENS

from tests.support.running.model_server import ModelServer

QUESTION = {"role": "user", "content": "Count to 20"}


def test_a_title_does_not_reread_the_chat_and_leaves_it_in_the_cache(model_server: ModelServer) -> None:
    answer = ask(model_server, [QUESTION])
    chat = [QUESTION, {"role": "assistant", "content": answer["choices"][0]["message"]["content"]}]
    whole = answer["usage"]["total_tokens"]
    title = ask(model_server, [*chat, {"role": "user", "content": TITLE_REQUEST}], TITLE_TOKENS)
    turn = ask(model_server, [*chat, {"role": "user", "content": "And to 30"}])
    assert cached(title) >= whole - 1  # the last token of an answer is never read
    assert cached(turn) >= whole


def ask(server: ModelServer, messages: list[dict[str, str]], max_tokens: int = 100) -> dict[str, Any]:
    body = {"messages": messages, "max_tokens": max_tokens, "temperature": 0}
    response = httpx.post(f"{server.base_url}/v1/chat/completions", json=body, headers=server.headers, timeout=60)
    completion: dict[str, Any] = response.raise_for_status().json()
    return completion


def cached(answer: dict[str, Any]) -> int:
    tokens: int = answer["usage"]["prompt_tokens_details"]["cached_tokens"]
    return tokens
