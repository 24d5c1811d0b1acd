"""Real llama.cpp with the demo model."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lm_api.catalogue import DEMO_FILE

from tests.support.running.model_server import ModelServer, running_model_server

QUESTION = {"role": "user", "content": "Count from 1 to 20."}
Message = dict[str, str]


@pytest.fixture
def client(model_server: ModelServer) -> Iterator[httpx.Client]:
    with model_server.client() as client:
        yield client


def stream_reply(client: httpx.Client, *messages: Message, max_tokens: int = 64) -> Iterator[str]:
    body = {"messages": list(messages), "max_tokens": max_tokens, "temperature": 0, "stream": True}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: {") and (choices := json.loads(line.removeprefix("data: "))["choices"]):
                yield choices[0]["delta"].get("content") or ""


def test_it_streams_its_answer(client: httpx.Client) -> None:
    pieces = [piece for piece in stream_reply(client, QUESTION) if piece]
    assert len(pieces) > 3


def test_a_trailing_assistant_message_is_continued(client: httpx.Client) -> None:
    whole = "".join(stream_reply(client, QUESTION))
    start = whole[: whole.rindex(" ", 0, len(whole) // 2)]
    continued = "".join(stream_reply(client, QUESTION, {"role": "assistant", "content": start}))
    assert start + continued == whole


def test_a_chat_that_is_too_long_is_refused_without_ending_other_replies(client: httpx.Client) -> None:
    reply = stream_reply(client, QUESTION)
    pieces = [next(reply)]
    too_long = {"messages": [{"role": "user", "content": "word " * 10_000}], "max_tokens": 1}
    refusal = client.post("/v1/chat/completions", json=too_long)
    assert refusal.status_code == httpx.codes.BAD_REQUEST
    assert refusal.json()["error"]["type"] == "exceed_context_size_error"
    pieces.extend(reply)
    assert "".join(pieces) == "".join(stream_reply(client, QUESTION))


def test_it_names_the_model_that_answers_and_the_one_that_was_requested(client: httpx.Client) -> None:
    model = client.get("/v1/models").json()["data"][0]
    assert (model["id"], sorted(model["tags"])) == ("demo", ["no-titles", "wanted:demo"])


def test_it_requires_its_key(model_server: ModelServer) -> None:
    with model_server.client(headers={}) as stranger:
        assert stranger.get("/health").status_code == httpx.codes.OK
        for path in ("/v1/models", "/props", "/slots", "/metrics"):
            assert stranger.get(path).status_code == httpx.codes.UNAUTHORIZED


def test_it_has_no_page_and_allows_no_scripts_of_other_sites(client: httpx.Client) -> None:
    assert client.get("/").status_code == httpx.codes.NOT_FOUND
    response = client.get("/v1/models", headers={"Origin": "https://elsewhere.example"})
    assert response.headers.get("Access-Control-Allow-Origin", "") == ""


def test_it_has_metrics_and_four_slots(client: httpx.Client) -> None:
    assert "llamacpp:tokens_predicted_total" in client.get("/metrics").text
    assert client.get("/props").json()["total_slots"] == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_on_a_signal_even_while_a_reply_is_written(number: signal.Signals, tmp_path: Path) -> None:
    with (
        running_model_server(tmp_path) as server,
        server.client() as client,
    ):
        reply = stream_reply(client, QUESTION, max_tokens=2000)
        next(reply)
        started = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(timeout=10) == 0
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("settings", [{"LM_SPECULATION": "ngram-simple"}, {"DRAFT_MODEL": "demo"}])
def test_drafts_do_not_change_the_answer(settings: dict[str, str], client: httpx.Client, tmp_path: Path) -> None:
    question = {"role": "user", "content": "Count to 200"}
    with running_model_server(tmp_path, **settings) as server, server.client() as drafting:
        drafted = "".join(stream_reply(drafting, question, max_tokens=300))
        tokens = re.search(r"accepted_tokens_total (\d+)", drafting.get("/metrics").text)
    assert drafted == "".join(stream_reply(client, question, max_tokens=300))
    assert tokens
    assert "DRAFT_MODEL" not in settings or int(tokens[1]) > 0


def test_it_does_not_start_on_a_port_in_use(model_server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "lm_api_key").write_text("key")
    command = [sys.executable, "-m", "lm_api", "serve", "--port", model_server.base_url.rsplit(":", 1)[1]]
    environment = os.environ | {"MODEL": "demo", "SECRETS_DIR": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "port" in ended.stderr


@pytest.mark.parametrize("key", [None, "", "\n"])
def test_it_does_not_start_without_a_key(key: str | None, tmp_path: Path) -> None:
    if key is not None:
        (tmp_path / "lm_api_key").write_text(key)
    command = [sys.executable, "-m", "lm_api", "serve", "--model", "demo"]
    environment = os.environ | {"SECRETS_DIR": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"The model server needs an API key: write one into {tmp_path}/lm_api_key.\n"


def test_the_machines_own_llama_server_is_preferred_and_gets_only_flags_that_it_knows(tmp_path: Path) -> None:
    program = tmp_path / "llama-server"
    program.write_text('#!/bin/sh\n[ "$1" = --help ] && echo "--model --port --metrics" || echo "started: $*"\n')
    program.chmod(0o755)
    (tmp_path / "lm_api_key").write_text("key")
    environment = os.environ | {
        "MODEL": "demo",
        "SECRETS_DIR": str(tmp_path),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    command = [sys.executable, "-m", "lm_api", "serve", "--port", "1234"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True).stdout
    assert said.splitlines()[-1] == f"started: --model {DEMO_FILE} --port 1234 --metrics"
    assert "does not know these flags, so they are left out: --alias, --tags" in said
