"""Nobody learns from the model server's cache what others have asked: not by figures, and not by time."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from chat_ui.clients.model.cache_salt import salted, salted_response
from chat_ui.clients.model.connection import ModelConnection
from chat_ui.clients.model.model_traits import ModelTraits, read_traits
from chat_ui.models.prompts import salt_of

from tests.support.drivers.chat_ui import World, world_before
from tests.support.drivers.program import Program, with_key
from tests.support.running.model_server import ModelServer, running_model_server

Json = dict[str, Any]
LONG = "The parcel for the neighbour stands behind the door of the old garden house. " * 40
SECRET, OTHERS = "Rosalind", ("Beatrice", "Cordelia", "Desdemona", "Ophelia", "Rosalind", "Viola", "Hermia", "Portia")
TELLING = ("cached", "cache_n", "prompt_n", "prompt_ms", "timings", "progress", "time_ms", "prompt_per_second", "draft")


@pytest.fixture(scope="module")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """It reads slowly enough for the time to tell what is cached."""
    settings = {"LM_BATCH": "8", "LM_THREADS": "1"}
    with running_model_server(tmp_path_factory.mktemp("cache-privacy"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def world(slow_server: ModelServer) -> Iterator[World]:
    with world_before(slow_server, max_reply_tokens=4) as world:
        yield world


def prompt_about(name: str) -> str:
    return f"My name is {name}. {LONG}"


def bodies(text: str) -> dict[str, list[Json]]:
    """The ways to send a text to the model, by address."""
    turns = [{"role": "user", "content": text}]
    system = [{"role": "system", "content": text}, {"role": "user", "content": "Hi"}]
    parts = [{"role": "user", "content": [{"type": "text", "text": text}]}]
    tool = {"name": "act", "description": text, "parameters": {"type": "object"}}
    return {
        "/v1/chat/completions": [
            {"messages": turns},
            {"messages": system},
            {"messages": parts},
            {"messages": [{"role": "user", "content": "Hi"}], "tools": [{"type": "function", "function": tool}]},
        ],
        "/v1/responses": [
            {"input": text},
            {"input": "Hi", "instructions": text},
            {"input": [{"role": "user", "content": text}]},
            {"input": system},
            {"input": "Hi", "tools": [{"type": "function"} | tool]},
        ],
    }


@pytest.mark.parametrize("stream", [False, True])
def test_no_answer_tells_of_the_cache(world: World, stream: bool) -> None:
    program = with_key(world)
    for _ in range(2):  # the second time, nearly everything is cached
        for path, requests in bodies("Count to 20").items():
            for body in requests:
                more = {"stream_options": {"include_usage": True}} if "messages" in body else {}
                answer = program.post(path, body | more | {"stream": stream})
                assert answer.status_code == 200, answer.text
                assert [word for word in TELLING if word in answer.text.replace("in_progress", "")] == [], answer.text
                assert "_tokens" in answer.text


def test_no_stored_reply_tells_of_the_cache(world: World) -> None:
    program = with_key(world)
    chat = program.chat("Count to 20")["conversation_id"]
    program.chat("And to 30", conversation_id=chat)
    addresses = (f"/v1/conversations/{chat}", f"/v1/conversations/{chat}/messages", "/v1/conversations")
    for address in addresses:
        assert [word for word in TELLING if word in program.get(address).text] == []


def seconds_for(program: Program, path: str, body: Json) -> float:
    began = time.monotonic()
    program.post(path, body | {"max_tokens": 1, "max_output_tokens": 1}).raise_for_status()
    return time.monotonic() - began


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_a_guest_cannot_find_another_users_prompt_by_time(world: World, path: str) -> None:
    """The attack: send what another user may have sent, and see which guess is answered at once."""
    for number in range(len(bodies("")[path])):
        again, guessed, unknown = [], [], []
        for _ in range(3):
            victim, guest = with_key(world, f"v{uuid4().hex[:5]}"), with_key(world, f"g{uuid4().hex[:5]}")
            body, other = (bodies(f"{uuid4().hex} {prompt_about(SECRET)}")[path][number] for _ in range(2))
            seconds_for(victim, path, body)
            again.append(seconds_for(victim, path, body))
            guessed.append(seconds_for(guest, path, body))
            unknown.append(seconds_for(guest, path, other))
        assert min(again) < min(unknown) / 2, "the server is too fast, or a user's own prompts are not cached"
        assert min(guessed) > min(unknown) / 2, (number, again, guessed, unknown)


def test_guesses_of_one_word_are_answered_alike(world: World) -> None:
    victim, guest = with_key(world, "victim"), with_key(world, "guest")
    body = {"messages": [{"role": "user", "content": prompt_about(SECRET)}]}
    seconds_for(victim, "/v1/chat/completions", body)
    times = {
        name: seconds_for(
            guest, "/v1/chat/completions", {"messages": [{"role": "user", "content": prompt_about(name)}]}
        )
        for name in OTHERS
    }
    assert times[SECRET] > statistics.median(times.values()) / 2, times


def test_a_users_own_chats_and_programs_share_one_start(world: World) -> None:
    assert salt_of(user := uuid4()) == salt_of(user)
    assert len({salt_of(uuid4()) for _ in range(1_000)}) == 1_000


# The start of a prompt, for templates of all kinds.

SALT = "abc234"
TURNS: list[Json] = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Yes?"},
    {"role": "user", "content": "So"},
]
SYSTEM: Json = {"role": "system", "content": "Be brief."}


def test_the_salt_is_the_system_prompts_first_line() -> None:
    assert salted([SYSTEM, *TURNS], SALT, ModelTraits())[0]["content"] == "abc234\n\nBe brief."
    assert salted(TURNS, SALT, ModelTraits()) == [{"role": "system", "content": SALT}, *TURNS]
    assert salted(TURNS, "", ModelTraits()) == TURNS


def test_what_a_template_says_by_itself_is_kept() -> None:
    traits = ModelTraits(default_instructions="You are Qwen.")
    assert salted(TURNS, SALT, traits)[0]["content"] == "abc234\n\nYou are Qwen."
    assert salted_response({"input": "Hi"}, SALT, traits) == {"input": "Hi", "instructions": "abc234\n\nYou are Qwen."}


@pytest.mark.parametrize("traits", [ModelTraits(system_first=False), ModelTraits(accepts_system=False)])
def test_a_template_without_a_first_system_prompt_gets_the_salt_in_the_first_turn(traits: ModelTraits) -> None:
    messages = salted(TURNS, SALT, traits)
    turn = next(message for message in messages if message["role"] == "user")
    assert turn["content"] == "abc234\n\nHi"
    request = salted_response({"input": "Hi"}, SALT, traits)
    assert request["input"] == [{"role": "user", "content": "abc234\n\nHi"}]
    assert traits.accepts_system or "instructions" not in request


async def traits_of(server: ModelServer) -> ModelTraits:
    async with ModelConnection(server.base_url, server.api_key) as connection:
        return await read_traits(connection, 4096)


def test_the_real_servers_template_is_known(model_server: ModelServer) -> None:
    traits = asyncio.run(traits_of(model_server))
    assert {"<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>"} <= traits.control_tokens.tokens
    assert "<s>" not in traits.control_tokens.tokens  # struck-out text in HTML stays as it is
    assert (traits.accepts_system, traits.system_first, traits.system_before_tools) == (True, True, True)
    assert traits.default_instructions == ""
