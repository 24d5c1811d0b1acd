"""Every limit holds at every door: pages, /v1, and the addresses compatible with OpenAI's."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from chat_ui.clients.database.replies import ATTEMPTS_USED_UP
from chat_ui.settings import Settings

from tests.chat_ui.test_network_limits import DOORS, Doors, open_doors, wait_until
from tests.support.drivers.chat_ui import FakeServices, FakeWorld, make_settings
from tests.support.drivers.program import Json

MORE = 131_072
TOKENS = {"max_tokens": MORE, "max_completion_tokens": MORE}


def longest_reply(world: FakeWorld) -> set[int]:
    """What the model was allowed at most, by any name that llama.cpp reads."""
    names = ("max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict")
    return {prompt[name] for prompt in world.model.prompts for name in names if prompt.get(name) is not None}


@pytest.mark.parametrize("settings_door", ["page", "preset", "v1"])
@pytest.mark.parametrize("door", DOORS)
def test_no_door_gives_a_reply_more_tokens_than_the_limit(
    services: FakeServices, door: str, settings_door: str
) -> None:
    with services.world(max_reply_tokens=16) as world:
        doors = open_doors(world)
        set_max_tokens(doors, settings_door)
        assert {chat["settings"].get("max_tokens") for chat in world.db.chats.values()} >= {MORE}
        world.db.messages[doors.sent.reply_id]["status"] = "stopped"  # so that it can be continued
        asked = len(world.model.prompts)
        assert DOORS[door](doors).status_code < 400
        wait_until(lambda: len(world.model.prompts) > asked)
        assert longest_reply(world) <= set(range(17))


def set_max_tokens(doors: Doors, settings_door: str) -> None:
    form = {"max_tokens": str(MORE), "name": "Long"}
    match settings_door:
        case "page":
            doors.visitor.http.post(f"{doors.sent.chat}/settings", data=form).raise_for_status()
        case "preset":
            doors.visitor.http.post("/presets", data=form).raise_for_status()
            (preset,) = doors.world.db.presets
            doors.visitor.http.post(f"/presets/{preset}/chats").raise_for_status()
        case "v1":
            change = {"settings": {"max_tokens": MORE}}
            doors.program.call("PATCH", doors.conversation(""), json=change).raise_for_status()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], **TOKENS}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_completion_tokens": MORE}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "n_predict": MORE}),
        ("/v1/responses", {"input": "Hi", "max_output_tokens": MORE}),
        ("/v1/responses", {"input": "Hi", "n_predict": MORE, **TOKENS}),
    ],
)
def test_no_request_asks_the_model_for_more_than_the_limit(services: FakeServices, path: str, body: Json) -> None:
    with services.world(max_reply_tokens=16) as world:
        doors = open_doors(world)
        assert doors.program.post(path, {"model": "demo"} | body).status_code == 200
        assert longest_reply(world) == {16}


TEXT_DOORS: dict[str, Callable[[Doors, str], httpx.Response]] = {
    "page": lambda doors, text: doors.visitor.send(doors.sent.chat, text, htmx=False),
    "page with scripts": lambda doors, text: doors.visitor.send(doors.sent.chat, text),
    "edit": lambda doors, text: doors.visitor.http.post(
        f"{doors.sent.chat}/messages/{doors.message()}/edit",
        data={"content": text, "client_token": "00000000-0000-4000-8000-000000000000"},
    ),
    "v1 message": lambda doors, text: doors.program.post(doors.conversation("/messages"), {"content": text}),
    "v1 chat": lambda doors, text: doors.program.post("/v1/chat", {"message": text}),
    "v1 stream": lambda doors, text: doors.program.post("/v1/chat/stream", {"message": text}),
}


@pytest.mark.parametrize("door", TEXT_DOORS)
def test_no_door_takes_a_longer_message_than_the_limit(services: FakeServices, door: str) -> None:
    with services.world(max_message_chars=20) as world:
        doors = open_doors(world)
        assert TEXT_DOORS[door](doors, "x" * 21).status_code == 422
        assert max(len(message["content"]) for message in world.db.messages.values()) <= 30
        assert TEXT_DOORS[door](doors, "x" * 20).status_code < 400


NEW_CHATS: dict[str, Callable[[Doors], httpx.Response]] = {
    "page": lambda doors: doors.visitor.http.post("/chats"),
    "named": lambda doors: doors.visitor.http.post("/chats", data={"name": "Another"}),
    "preset": lambda doors: doors.visitor.http.post(f"/presets/{next(iter(doors.world.db.presets))}/chats"),
    "v1": lambda doors: doors.program.post("/v1/conversations", {}),
    "v1 chat": lambda doors: doors.program.post("/v1/chat", {"message": "Hi"}),
    "v1 stream": lambda doors: doors.program.post("/v1/chat/stream", {"message": "Hi"}),
}


@pytest.mark.parametrize(("quota", "status"), [("chats", 409), ("new_chats", 429)])
@pytest.mark.parametrize("door", NEW_CHATS)
def test_no_door_makes_more_chats_than_a_user_may(services: FakeServices, door: str, quota: str, status: int) -> None:
    with services.world() as world:
        doors = open_doors(world)
        doors.visitor.http.post("/presets", data={"name": "Mine"}).raise_for_status()
        world.db.most[quota] = len(world.db.chats)
        refused = NEW_CHATS[door](doors)
        assert refused.status_code == status, refused.text
        if status == 429:
            assert 0 < int(refused.headers["retry-after"]) <= 60
        else:
            assert "You have reached the limit of 1 chats" in refused.text
        assert len(world.db.chats) == 1
        world.db.most.clear()
        assert NEW_CHATS[door](doors).status_code < 400


STORED = [door for door in DOORS if "completions" not in door and "responses" not in door]


@pytest.mark.parametrize(("quota", "most"), [("messages", 2), ("bytes", 10)])
@pytest.mark.parametrize("door", STORED)
def test_no_door_stores_more_than_a_user_may(services: FakeServices, door: str, quota: str, most: int) -> None:
    if quota == "messages" and "continue" in door:
        pytest.skip("a continued reply is no further message")
    with services.world() as world:
        doors = open_doors(world)
        world.db.messages[doors.sent.reply_id]["status"] = "stopped"
        world.db.most[quota] = most
        before = len(world.db.messages)
        refused = DOORS[door](doors)
        assert refused.status_code == 409, refused.text
        assert "limit" in refused.text or "erreicht" in refused.text
        assert len(world.db.messages) == before
        if door.startswith("page"):
            assert "More" in refused.text  # still in the composer


def test_presets_and_keys_are_limited_in_their_forms(services: FakeServices) -> None:
    with services.world() as world:
        visitor = world.visitor()
        visitor.open_chat()
        world.db.most |= {"presets": 1, "keys": 1}
        for path, sentence in (("/presets", "limit of 1 presets"), ("/keys", "limit of 1 API keys")):
            assert visitor.http.post(path, data={"name": "one"}).status_code == 200
            refused = visitor.http.post(path, data={"name": "two"})
            assert refused.status_code == 422
            assert sentence in refused.text


def test_a_quota_is_told_in_its_readers_language_and_to_programs_as_a_problem(services: FakeServices) -> None:
    with services.world() as world:
        doors = open_doors(world)
        world.db.most["chats"] = 1
        german = doors.visitor.http.post("/chats", headers={"Accept-Language": "de"})
        assert "Du hast die Grenze von 1 Chats erreicht" in german.text
        problem = doors.program.post("/v1/conversations", {}, headers={"Accept-Language": "de"})
        assert (problem.status_code, problem.json()["type"]) == (409, "/problems/quota-reached")
        assert problem.json()["detail"].startswith("You have reached the limit of 1 chats.")


def test_a_short_secret_for_tokens_is_refused_in_a_sentence_that_does_not_show_it(tmp_path: Path) -> None:
    others = dict.fromkeys(("DB_API_TOKEN", "LM_API_KEY", "SESSION_SECRET"), "s" * 32)
    settings = others | {"JWT_SECRET": "ü" * 15}
    started = subprocess.run(
        [sys.executable, "-m", "chat_ui"],
        env=os.environ | settings | {"SECRETS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    assert "JWT_SECRET is invalid: it must have at least 32 bytes" in started.stderr
    assert "Traceback" not in started.stderr
    assert "üü" not in started.stderr
    assert make_settings(jwt_secret="ü" * 16).jwt_secret


def test_a_missing_audience_is_warned_of(services: FakeServices, caplog: pytest.LogCaptureFixture) -> None:
    for settings, warned in (
        ({}, False),
        ({"jwt_secret": "s" * 32}, True),
        ({"jwt_jwks": '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'}, True),
        ({"jwt_secret": "s" * 32, "jwt_audience": "parley"}, False),
    ):
        caplog.clear()
        with services.world(**settings):
            assert ("JWT_AUDIENCE is not set" in caplog.text) == warned


def test_the_settings_name_every_limit_once() -> None:
    assert {name for name in Settings.model_fields if name.startswith(("limits_", "max_"))} == {
        "max_message_chars",
        "max_reply_tokens",
        "max_queued",
        "max_replies_per_user",
        *(
            f"limits_{of}{what}_per_{period}"
            for of in ("", "key_")
            for what in ("requests", "tokens")
            for period in ("minute", "day")
        ),
        "limits_network_guests_per_minute",
        "limits_network_guests_per_hour",
        "limits_network_messages_per_minute",
        "limits_network_requests_per_minute",
    }


def test_a_reply_that_could_not_be_written_says_so_in_the_readers_language(world: FakeWorld) -> None:
    doors = open_doors(world)
    world.db.messages[doors.sent.reply_id] |= {"status": "failed", "error": ATTEMPTS_USED_UP}
    english, german = (
        doors.visitor.http.get(doors.sent.chat, headers={"Accept-Language": language}).text for language in ("en", "de")
    )
    assert ATTEMPTS_USED_UP in english
    assert "nach mehreren Versuchen" in german


@pytest.mark.parametrize("door", DOORS)
def test_no_door_leads_past_a_full_queue(services: FakeServices, door: str) -> None:
    with services.world(max_queued=1, max_replies_per_user=1) as world:
        doors = open_doors(world)
        world.db.messages[doors.sent.reply_id]["status"] = "stopped"
        world.model.pace = 5
        for name in ("running", "waiting"):
            doors.visitor.ask(doors.visitor.open_chat(name), "Hello")
        before = len(world.db.chats), len(world.db.messages)
        refused = DOORS[door](doors)
        assert refused.status_code == 503, refused.text
        assert int(refused.headers["retry-after"]) > 0
        assert (len(world.db.chats), len(world.db.messages)) == before
