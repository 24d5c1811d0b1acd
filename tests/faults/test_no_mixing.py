"""llama.cpp's prompt cache must never let one chat's text appear in another.

An upstream report says that under concurrency a cached state was restored into another chat's slot. Hence many chats at
once, each with its own word, many turns, fewer slots than chats, and a cache too small for all of them.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import pytest
from chat_ui.clients.model.connection import ModelConnection
from chat_ui.clients.model.language_model import LanguageModelClient
from chat_ui.models.prompts import Delta, Finish, Prompt, Turn

from tests.support.running.model_server import ModelServer, running_model_server

NAMES = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Ivy", "Jack", "Kate", "Leo"]
TURNS = 8


@dataclass
class Chat:
    """One person's chat with the model, as chat-ui keeps it."""

    name: str
    turns: list[Turn] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    """The tokens of the last prompt and its answer."""
    answers: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def crowded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    with running_model_server(tmp_path_factory.mktemp("crowded"), LM_SLOTS="4", LM_CACHE_RAM="1") as server:
        yield server


def test_no_answer_and_no_cached_prefix_comes_from_another_chat(crowded_server: ModelServer) -> None:
    chats = [Chat(name) for name in NAMES]
    reused = asyncio.run(talk(crowded_server, chats))
    for chat in chats:
        strangers = [name for name in NAMES if name != chat.name and any(name in answer for answer in chat.answers)]
        assert strangers == [], (chat.name, chat.answers)
    knew = sum(chat.name in answer for chat in chats for answer in chat.answers)
    assert knew >= 0.8 * len(NAMES) * TURNS  # otherwise there would be nothing to mix
    assert reused > 0  # otherwise the cache was not used


async def talk(server: ModelServer, chats: list[Chat]) -> int:
    """Run all chats at once; return how many tokens came from the cache in total."""
    async with ModelConnection(server.base_url, server.api_key, silent_seconds=60) as connection:
        return sum(await asyncio.gather(*(tell_and_ask(connection, chat, chats) for chat in chats)))


async def tell_and_ask(connection: ModelConnection, chat: Chat, chats: list[Chat]) -> int:
    questions = [f"My name is {chat.name}.", *["What is my name?"] * TURNS]
    return sum([await ask(connection, chat, chats, question) for question in questions])


async def ask(connection: ModelConnection, chat: Chat, chats: list[Chat], question: str) -> int:
    """Take one turn; fail if more of the prompt came from the cache than was ever read with this prefix."""
    chat.turns.append(Turn("user", question))
    prompt = Prompt(tuple(chat.turns), max_tokens=60, temperature=0)
    before, chat.tokens = chat.tokens, await tokens_of(connection, prompt)
    answer, cached = await complete(connection, prompt)
    read = [before, *(other.tokens for other in chats if other is not chat)]  # some chats share a prefix
    assert cached <= max(common(chat.tokens, tokens) for tokens in read), f"{chat.name}: {cached} tokens never read"
    chat.turns.append(Turn("assistant", answer))
    chat.tokens = await tokens_of(connection, Prompt(tuple(chat.turns), 1))
    chat.answers.append(answer)
    return cached


async def complete(connection: ModelConnection, prompt: Prompt) -> tuple[str, int]:
    """Return the answer, and how many of the prompt's tokens came from the cache."""
    text, cached = "", 0
    async with aclosing(LanguageModelClient(connection).stream(prompt)) as parts:
        async for part in parts:
            match part:
                case Delta(piece):
                    text += piece
                case Finish(timings=timings):
                    cached = int((timings or {})["cache_n"])
    return text, cached


async def tokens_of(connection: ModelConnection, prompt: Prompt) -> list[int]:
    messages = [{"role": turn.role, "content": turn.content} for turn in prompt.turns]
    formatted = (await post(connection, "/apply-template", {"messages": messages}))["prompt"]
    body = {"content": formatted, "add_special": True, "parse_special": True}
    return list((await post(connection, "/tokenize", body))["tokens"])


async def post(connection: ModelConnection, path: str, body: Any) -> Any:
    async with connection.post(path, body) as answer:
        assert answer.status == 200
        return json.loads(await answer.read())


def common(some: list[int], others: list[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))
