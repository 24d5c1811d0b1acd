"""Two real model servers: a chat stays with the one that has read it, and survives its death on the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from parley_local.ports import free_port

from tests.faults.conftest import System, session_of
from tests.support.drivers.chat_ui import Visitor
from tests.support.running.parts import Part, Parts
from tests.support.running.waiting import wait_until

Json = dict[str, Any]
MOST_CHATS = 30
"""Chats go to either of two servers: that all of this many go to one has a probability of 2⁻²⁹."""


@dataclass
class Server:
    part: Part
    url: str
    http: httpx.Client

    def count(self, name: str) -> float:
        """One of llama.cpp's own metrics."""
        lines = self.http.get(f"{self.url}/metrics").raise_for_status().text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"llamacpp:{name} "))

    @property
    def written(self) -> float:
        return self.count("tokens_predicted_total")

    @property
    def is_writing(self) -> bool:
        return self.count("requests_processing") > 0


@pytest.fixture(scope="module")
def servers(parts: Parts) -> Iterator[list[Server]]:
    service = replace(parts.services, lm_api_port=free_port()).lm_api()
    second = Part(service, parts.folder / "lm-api-2.log")
    second.start()
    with parts.lm_api_client() as http:
        url = str(service.ready_url).removesuffix("/health")
        yield [Server(parts.lm_api, parts.lm_api_url, http), Server(second, url, http)]
    second.close()


@pytest.fixture
def visitor(system: System, servers: list[Server]) -> Visitor:
    _, visitor = system.chat_ui(LM_API_URL=",".join(server.url for server in servers), LM_PATIENCE="60")
    return visitor


def test_each_chat_is_read_by_one_server_and_nothing_of_it_twice(
    system: System, servers: list[Server], visitor: Visitor
) -> None:
    chats = one_chat_for_each(system, servers, visitor)
    for number in range(3):
        for chat in chats:
            before = last_reply(system, visitor, chat)
            visitor.ask_and_wait(chat, f"What is the capital of country number {number}?")
            after = last_reply(system, visitor, chat)
            # What it read and wrote a turn ago is cached; the last token may be read again.
            assert after["timings"]["cache_n"] >= before["prompt_tokens"] - 1, (before, after)


def test_a_killed_servers_replies_continue_on_the_other_and_their_chats_return_to_it(
    system: System, servers: list[Server], visitor: Visitor
) -> None:
    sent = system.ask_long(visitor)
    own = next(server for server in servers if server.is_writing)
    own.part.kill()
    stored = system.wait_for_end(visitor, sent)
    assert (stored["status"], stored["text"]) == ("complete", system.undisturbed)
    own.part.start()
    assert own.written == 0
    wait_until(lambda: visitor.ask_and_wait(sent.chat, "And again?") and own.written > 0, 60)


def test_new_chats_are_answered_while_a_server_is_down(system: System, servers: list[Server], visitor: Visitor) -> None:
    for server in servers:
        server.part.kill()
        for _ in range(4):
            reply = visitor.ask_and_wait(visitor.open_chat(None), "Hello")
            assert reply.attributes["data-status"] == "complete"
        assert visitor.http.get("/health").json()["lm_api"] == "ok"
        server.part.start()


def one_chat_for_each(system: System, servers: list[Server], visitor: Visitor) -> list[str]:
    """Return a chat on each server, with a first turn."""
    chats: dict[str, str] = {}
    for number in range(MOST_CHATS):
        before = [server.written for server in servers]
        chat = system.open_chat(visitor)
        visitor.ask_and_wait(chat, f"{number} is my number. What is the capital of France?")
        owners = [server for server, written in zip(servers, before, strict=True) if server.written > written]
        if len(owners) == 1:  # otherwise one still wrote a reply of an earlier test
            chats.setdefault(owners[0].url, chat)
        if len(chats) == len(servers):
            return list(chats.values())
    raise AssertionError("all chats went to one server")


def last_reply(system: System, visitor: Visitor, chat: str) -> Json:
    with system.parts.db_api_client() as db_api:
        answer = db_api.get(chat, headers={"X-Session-ID": session_of(visitor)}).raise_for_status().json()
    reply: Json = answer["path"][-1]
    return reply
