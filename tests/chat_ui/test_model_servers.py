"""Several model servers: each chat has its own, in whose cache it lies."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from chat_ui.clients.model.addresses import find_addresses
from chat_ui.clients.model.language_model import LanguageModelClient
from chat_ui.errors import LanguageModelUnavailable
from chat_ui.models.prompts import ModelInfo
from chat_ui.services.model.prompt import TITLE_REQUEST
from chat_ui.services.model.queue import FairQueue
from chat_ui.services.model.servers import ModelServers
from chat_ui.services.model.tickets import Party

from tests.support.drivers.chat_ui import HTMX, FakeServices, FakeWorld, Visitor
from tests.support.fakes.fake_model import FakeModel, fake_model_server
from tests.support.running.serving import serving
from tests.support.running.waiting import wait_until

CHATS = [uuid.UUID(int=number) for number in range(3000)]
USERS = [uuid.UUID(int=number) for number in range(2)]


@dataclass
class Server:
    info: ModelInfo | None
    hangs: bool = False

    async def describe(self) -> ModelInfo:
        if self.hangs:
            await asyncio.Event().wait()
        if self.info is None:
            raise LanguageModelUnavailable
        return self.info


@dataclass
class Machines:
    """Model servers that can be turned off."""

    servers: dict[str, Server]

    def __init__(self, count: int) -> None:
        self.servers = {f"http://10.0.0.{number}:8080": Server(info(slots=number)) for number in range(1, count + 1)}

    def model_servers(self) -> ModelServers:
        return ModelServers(self.servers, lambda url: cast("LanguageModelClient", self.servers[url]), as_they_are)


def test_nobody_waits_for_a_server_that_hangs_once_it_has_answered() -> None:
    async def ask() -> ModelInfo | None:
        machines = Machines(1)
        servers = machines.model_servers()
        await servers.current()
        (server,) = machines.servers.values()
        server.hangs = True
        servers._stale_at = 0.0
        async with asyncio.timeout(1):
            return [await servers.current() for _ in range(3)][-1]

    assert asyncio.run(ask()) == info(slots=1)


async def as_they_are(urls: Iterable[str]) -> list[str]:
    return list(urls)


def info(slots: int = 4, context_tokens: int = 4096) -> ModelInfo:
    return ModelInfo("demo", ("demo",), None, slots, context_tokens)


def placed(servers: ModelServers) -> list[str]:
    return [servers.choose(chat).address for chat in CHATS]


def test_chats_are_spread_evenly_and_each_stays_where_it_is() -> None:
    servers = Machines(3).model_servers()
    asyncio.run(servers.slots())
    before = placed(servers)
    assert before == placed(servers)
    assert all(800 < count < 1200 for count in Counter(before).values())
    assert len(Counter(before)) == 3


def test_when_a_server_goes_its_chats_alone_move_and_return_with_it() -> None:
    async def go_and_return() -> None:
        machines = Machines(3)
        servers = machines.model_servers()
        await servers.slots()
        before = placed(servers)
        gone = before[0]
        machines.servers[gone].info = None
        with pytest.raises(LanguageModelUnavailable), servers.use(CHATS[0]):
            raise LanguageModelUnavailable
        await servers.slots()
        meanwhile = placed(servers)
        assert gone not in meanwhile
        assert all(old == new for old, new in zip(before, meanwhile, strict=True) if old != gone)
        assert len({new for old, new in zip(before, meanwhile, strict=True) if old == gone}) == 2
        machines.servers[gone].info = info()
        with pytest.raises(LanguageModelUnavailable), servers.use("some other chat"):
            raise LanguageModelUnavailable  # so that they are asked again at once
        await servers.slots()
        for task in [server.ask() for server in servers._here]:
            await task
        assert placed(servers) == before

    asyncio.run(go_and_return())


def test_several_are_described_together() -> None:
    async def describe() -> None:
        machines = Machines(3)
        machines.servers["http://10.0.0.2:8080"].info = info(slots=8, context_tokens=2048)
        machines.servers["http://10.0.0.3:8080"].info = None
        servers = machines.model_servers()
        assert await servers.current() == info(slots=9, context_tokens=2048)
        assert await servers.slots() == {"http://10.0.0.1:8080": 1, "http://10.0.0.2:8080": 8}

    asyncio.run(describe())


def test_while_none_is_there_each_may_be_tried_once_at_a_time() -> None:
    async def describe() -> None:
        machines = Machines(2)
        for server in machines.servers.values():
            server.info = None
        servers = machines.model_servers()
        assert await servers.current() is None
        assert await servers.slots() == dict.fromkeys(machines.servers, 1)
        assert servers.choose(CHATS[0]).address in machines.servers

    asyncio.run(describe())


def test_a_name_counts_as_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(host: str, port: int, **_: Any) -> list[Any]:
        if host != "lm-api":
            raise OSError
        return [(None, None, None, "", (address, port)) for address in ("10.0.0.2", "10.0.0.1", "10.0.0.2")]

    async def find() -> list[str]:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two, raising=False)
        return await find_addresses(["http://lm-api:8080", "http://unknown:1", "https://lm-api"])

    assert asyncio.run(find()) == ["http://10.0.0.1:8080", "http://10.0.0.2:8080", "http://unknown:1", "https://lm-api"]


def test_a_reply_waits_for_its_own_server_while_others_go_by() -> None:
    async def wait() -> None:
        queue, places = FairQueue(per_user=2, capacity=9), list[int]()
        queue.resize({"one": 1, "two": 1})
        async with queue.turn(Party(USERS[0]), lambda _: None, lambda: "one"):
            behind = asyncio.create_task(_pass(queue, places, "one"))
            await asyncio.sleep(0)
            async with queue.turn(Party(USERS[1]), lambda _: None, lambda: "two"):
                assert set(places) == {1}
                assert not behind.done()
        await behind

    asyncio.run(wait())


def test_a_reply_that_moved_leaves_its_slot_to_others() -> None:
    async def move() -> None:
        queue = FairQueue(per_user=2, capacity=9)
        queue.resize({"one": 1, "two": 1})
        async with queue.turn(Party(USERS[0]), lambda _: None, lambda: "one") as move_to:
            behind = asyncio.create_task(_pass(queue, [], "one"))
            await asyncio.sleep(0)
            move_to("two")
            await behind
        async with queue.turn(Party(USERS[0]), lambda _: None, lambda: "two"):
            pass

    asyncio.run(move())


async def _pass(queue: FairQueue, places: list[int], lane: str) -> None:
    async with queue.turn(Party(USERS[1]), places.append, lambda: lane):
        pass


@pytest.fixture
def second() -> Iterator[tuple[FakeModel, str]]:
    model = FakeModel()
    with serving(fake_model_server(model)) as url:
        yield model, url


@pytest.fixture
def two(services: FakeServices, second: tuple[FakeModel, str]) -> Iterator[tuple[FakeWorld, FakeModel]]:
    """A chat-ui with two model servers."""
    model, url = second
    with services.world(more_model_servers=[url]) as world:
        yield world, model


def test_a_chat_goes_to_the_other_server_while_its_own_is_away(two: tuple[FakeWorld, FakeModel]) -> None:
    world, other = two
    visitor = world.visitor()
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "One")
    own, spare = (world.model, other) if world.model.prompts else (other, world.model)
    visitor.ask_and_wait(chat, "Two")
    assert (len(own.prompts), len(spare.prompts)) == (2, 0)
    own.away = True
    assert "forty-two" in visitor.ask_and_wait(chat, "Three").text()
    assert (len(own.prompts), len(spare.prompts)) == (2, 1)
    assert world.visitor().http.get("/health").json()["lm_api"] == "ok"
    own.away = False
    wait_until(lambda: visitor.ask_and_wait(chat, "Again") and len(own.prompts) > 2, 20)


def test_a_title_is_asked_of_the_server_that_keeps_the_chat(two: tuple[FakeWorld, FakeModel]) -> None:
    world, other = two
    world.model.title = other.title = "The number forty-two"
    visitor = world.visitor()
    chat = visitor.open_chat()
    visitor.ask_and_wait(chat, "What is the answer?")
    own, spare = (world.model, other) if world.model.prompts else (other, world.model)
    visitor.http.post(f"{chat}/suggested-title", headers=HTMX)  # waits for what the page began, where that runs still
    assert visitor.page(chat).css_first("h1").text() == own.title
    assert own.prompts[-1]["messages"][-1]["content"] == TITLE_REQUEST
    assert (len(own.prompts), len(spare.prompts)) == (2, 0)


def test_a_reply_goes_on_at_the_other_server(two: tuple[FakeWorld, FakeModel]) -> None:
    world, other = two
    visitor = world.visitor()
    for model in (world.model, other):
        model.break_after = 2
    reply = visitor.ask_and_wait(visitor.open_chat(), "What is the answer?")
    assert reply.attributes["data-status"] == "complete"
    assert "The answer is forty-two." in reply.text()
    assert len(world.model.prompts) + len(other.prompts) >= 2


def test_two_servers_write_twice_as_much_at_once(two: tuple[FakeWorld, FakeModel]) -> None:
    world, other = two
    for model in (world.model, other):
        model.slots, model.answer, model.pace = 1, "word " * 2000, 0.05
    visitors: list[Visitor] = []
    while not (world.model.running and other.running):  # each chat has its own server, by chance the first few the same
        visitors.append(world.visitor())
        visitors[-1].ask(visitors[-1].open_chat(), "Hello")
        wait_until(lambda: world.model.running + other.running, 10)
    assert world.model.most_running == other.most_running == 1


def test_programs_are_told_when_none_is_there(two: tuple[FakeWorld, FakeModel]) -> None:
    world, other = two
    world.model.away = other.away = True
    assert world.visitor().http.get("/health").json()["lm_api"] == "unavailable"
