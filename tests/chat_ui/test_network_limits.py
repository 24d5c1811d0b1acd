"""How much may come from one network."""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest
from chat_ui.services.access import network_limits
from chat_ui.services.access.network_limits import Allowance
from chat_ui.web.networks import network_of
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from tests.support.drivers.chat_ui import HTMX, FakeServices, FakeWorld, Sent, Visitor
from tests.support.drivers.program import Program, with_key


def from_address(visitor: Visitor, address: str) -> Visitor:
    """The visitor behind a proxy that names this address."""
    visitor.http.headers["X-Forwarded-For"] = address
    return visitor


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_64(address: str, network: str) -> None:
    assert network_of(HTTPConnection({"type": "http", "client": (address, 1)})) == network
    assert network_of(HTTPConnection({"type": "http", "client": None})) == ""


@given(
    st.integers(min_value=1, max_value=20),
    st.lists(st.floats(min_value=0, max_value=30, allow_nan=False), max_size=60),
)
def test_never_more_is_allowed_than_the_limit_and_what_time_gives_back(most: int, pauses: list[float]) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network_limits, "monotonic", clock.read)
        allowance, allowed = Allowance(most, 60), list[float]()
        for pause in pauses:
            clock.now += pause
            if not allowance.wait("a"):
                allowance.spend("a")
                allowed.append(clock.now)
        for first, began in enumerate(allowed):
            within = [at for at in allowed[first:] if at - began < 60]
            assert len(within) <= 2 * most
        assert len(allowed) >= min(len(pauses), most)
        # Whoever waits as told is let in.
        clock.now += math.ceil(allowance.wait("a"))
        assert allowance.wait("a") == 0


class Clock:
    now = 1_000.0

    def read(self) -> float:
        return self.now


def test_few_networks_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_limits, "MAX_NETWORKS", 2)
    allowance = Allowance(1, 60)
    for network in "abc":
        allowance.spend(network)
    assert [bool(allowance.wait(network)) for network in "abc"] == [False, True, True]


def test_new_guests_of_one_network_are_limited(services: FakeServices) -> None:
    with services.world(limits_network_guests_per_minute=2) as world:
        first = from_address(world.visitor(), "2001:db8::1")
        first.open_chat()
        from_address(world.visitor(), "2001:db8::2").open_chat()
        third = from_address(world.visitor(), "2001:db8::ffff:3")
        for path, form in (("/chats", {}), ("/presets", {"name": "x"}), ("/keys", {"name": "x"})):
            refused = third.http.post(path, data=form, headers={"Accept-Language": "de"})
            assert refused.status_code == 429, path
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert "aus deinem Netz" in refused.text
            assert "<!doctype html>" in refused.text.lower()
        notice = third.http.post("/chats", headers=HTMX)
        assert (notice.status_code, notice.headers["hx-retarget"]) == (429, "#notice")
        assert third.http.get("/").status_code == 200
        first.open_chat()  # somebody who is known is no new guest
        from_address(world.visitor(), "2001:db8:0:1::1").open_chat()
        assert len(world.db.sessions) == 3


def test_new_guests_are_limited_per_hour_too(services: FakeServices) -> None:
    with services.world(limits_network_guests_per_hour=2) as world:
        for _ in range(2):
            world.visitor().open_chat()
        refused = world.visitor().http.post("/chats")
        assert refused.status_code == 429
        assert 60 < int(refused.headers["retry-after"]) <= 3600


def test_requests_of_one_network_are_limited(services: FakeServices) -> None:
    with services.world(limits_network_requests_per_minute=3) as world:
        visitor = world.visitor()
        assert [visitor.http.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
        page = visitor.http.get("/", headers={"Accept-Language": "de"})
        assert 0 < int(page.headers["retry-after"]) <= 60
        assert "aus deinem Netz" in page.text
        program = httpx.get(f"{world.url}/v1/conversations", headers={"Authorization": "Bearer parley_x"})
        assert (program.status_code, program.json()["type"]) == (429, "/problems/too-many-requests")
        openai = httpx.get(f"{world.url}/v1/models", headers={"Authorization": "Bearer parley_x"})
        assert (openai.status_code, openai.json()["error"]["type"]) == (429, "rate_limit_error")
        assert httpx.get(f"{world.url}/health/live").status_code == 200
        assert visitor.http.get("/static/x/css/base.css").status_code == 200
        assert from_address(world.visitor(), "192.0.2.1").http.get("/").status_code == 200


class Doors(NamedTuple):
    """A person and a program of one user, with a chat that has an answer."""

    world: FakeWorld
    visitor: Visitor
    program: Program
    sent: Sent

    def reply(self, act: str) -> httpx.Response:
        return self.visitor.http.post(f"{self.sent.address}/{act}", headers={"Accept-Language": "de"})

    def message(self) -> str:
        message: str = self.world.db.messages[self.sent.reply_id]["parent_id"]
        return message

    def edit(self) -> httpx.Response:
        form = {"content": "Else?", "client_token": "00000000-0000-4000-8000-000000000000"}
        return self.visitor.http.post(f"{self.sent.chat}/messages/{self.message()}/edit", data=form)

    def conversation(self, rest: str) -> str:
        return self.sent.chat.replace("/chats", "/v1/conversations") + rest

    def reply_address(self, act: str) -> str:
        return self.conversation(f"/replies/{self.sent.reply_id}/{act}")


OPENAI = {"model": "demo", "messages": [{"role": "user", "content": "Hi"}]}
DOORS: dict[str, Callable[[Doors], httpx.Response]] = {
    "page": lambda doors: doors.visitor.send(doors.sent.chat, "More", htmx=False),
    "page with scripts": lambda doors: doors.visitor.send(doors.sent.chat, "More"),
    "edit": lambda doors: doors.edit(),
    "regenerate": lambda doors: doors.reply("regenerate"),
    "continue": lambda doors: doors.reply("continue"),
    "v1 message": lambda doors: doors.program.post(doors.conversation("/messages"), {"content": "Hi"}),
    "v1 regenerate": lambda doors: doors.program.post(doors.reply_address("regenerate")),
    "v1 continue": lambda doors: doors.program.post(doors.reply_address("continue")),
    "v1 chat": lambda doors: doors.program.post("/v1/chat", {"message": "Hi"}),
    "v1 stream": lambda doors: doors.program.post("/v1/chat/stream", {"message": "Hi"}),
    "completions": lambda doors: doors.program.post("/v1/chat/completions", OPENAI),
    "streamed completions": lambda doors: doors.program.post("/v1/chat/completions", OPENAI | {"stream": True}),
    "responses": lambda doors: doors.program.post("/v1/responses", {"model": "demo", "input": "Hi"}),
    "streamed responses": lambda doors: doors.program.post(
        "/v1/responses", {"model": "demo", "input": "Hi", "stream": True}
    ),
}


def open_doors(world: FakeWorld) -> Doors:
    visitor = world.visitor()
    sent = visitor.ask(visitor.open_chat(), "Hello")
    visitor.events(sent)
    program = with_key(world)
    for key in world.db.keys.values():
        key["user_id"] = next(iter(world.db.sessions.values()))
    return Doors(world, visitor, program, sent)


@pytest.mark.parametrize("door", DOORS)
def test_messages_of_one_network_are_limited_by_each_door(services: FakeServices, door: str) -> None:
    with services.world(limits_network_messages_per_minute=1) as world:
        doors = open_doors(world)
        before = dict(world.db.chats), len(world.db.messages), len(world.model.prompts)
        refused = DOORS[door](doors)
        assert refused.status_code == 429, refused.text
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert (dict(world.db.chats), len(world.db.messages), len(world.model.prompts)) == before
        if door.startswith("page"):
            assert "More" in refused.text  # still in the composer
        doors.visitor.http.headers["X-Forwarded-For"] = doors.program.headers["X-Forwarded-For"] = "192.0.2.1"
        assert DOORS[door](doors).status_code != 429


@pytest.mark.parametrize("limit", ["limits_requests_per_day", "limits_tokens_per_day"])
@pytest.mark.parametrize("door", DOORS)
def test_a_users_limits_hold_at_each_door(services: FakeServices, door: str, limit: str) -> None:
    settings: dict[str, Any] = {limit: 1}
    with services.world(**settings) as world:
        doors = open_doors(world)
        wait_until(lambda: bool(world.db.used))
        refused = DOORS[door](doors)
        assert refused.status_code == 429, refused.text
        assert int(refused.headers["retry-after"]) > 0


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_office_behind_one_address_notices_no_limit(world: FakeWorld) -> None:
    for number in range(50):
        visitor = world.visitor()
        assert visitor.http.get("/").status_code == 200
        response = visitor.http.post("/chats", data={"name": f"Person {number}"})
        assert response.status_code == 200, response.text
        assert visitor.http.get(response.url.path).status_code == 200
