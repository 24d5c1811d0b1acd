"""OpenAI's contract as its clients use it: nulls, numbers, headers, unknown addresses, long waits, refusals."""

import json
import re
import time
from typing import Any

import httpx
import pytest
from chat_ui.web.v1 import event_streams
from chat_ui.web.v1.openai_schemas import CompletionRequest, ResponseRequest

from tests.support.drivers.chat_ui import FakeServices, FakeWorld, World
from tests.support.drivers.program import Program, with_key
from tests.support.running.waiting import wait_until

Json = dict[str, Any]
QUESTION: Json = {"messages": [{"role": "user", "content": "Hi"}]}
BODIES: dict[str, Json] = {"/v1/chat/completions": QUESTION, "/v1/responses": {"input": "Hi"}}
REQUIRED = {"messages", "input"}


@pytest.fixture
def program(world: FakeWorld) -> Program:
    return with_key(world)


@pytest.mark.parametrize(
    ("path", "model"), [("/v1/chat/completions", CompletionRequest), ("/v1/responses", ResponseRequest)]
)
def test_null_means_left_out_for_every_optional_field(
    world: FakeWorld, program: Program, path: str, model: type[CompletionRequest] | type[ResponseRequest]
) -> None:
    optional = set(model.model_fields) - REQUIRED
    unknown = {"logit_bias", "metadata", "store", "user", "service_tier", "reasoning", "truncation", "include"}
    program.post(path, BODIES[path]).raise_for_status()
    for nulls in ([name] for name in optional | unknown):
        program.post(path, BODIES[path] | dict.fromkeys(nulls)).raise_for_status()
    program.post(path, BODIES[path] | dict.fromkeys(optional | unknown)).raise_for_status()
    first, *others = world.model.prompts
    assert all(without_seed(prompt) == without_seed(first) for prompt in others)


def without_seed(prompt: Json) -> Json:
    return {name: value for name, value in prompt.items() if name != "seed"}


def test_nulls_within_messages_and_tools_are_left_out(world: FakeWorld, program: Program) -> None:
    message = {"role": "assistant", "content": "Yes", "refusal": None, "audio": None, "tool_calls": None, "name": None}
    tool = {"type": "function", "function": {"name": "act", "description": None, "parameters": None, "strict": None}}
    wanted = {"messages": [message, *QUESTION["messages"]], "tools": [tool], "stream_options": {"include_usage": None}}
    program.post("/v1/chat/completions", wanted).raise_for_status()
    item = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "Hi"}],
        "id": None,
        "status": None,
    }
    program.post("/v1/responses", {"input": [item], "text": {"format": None}}).raise_for_status()
    assert "null" not in json.dumps(world.model.prompts)


@pytest.mark.parametrize("seed", [0, 7, -1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, -(2**63), 8.0])
def test_any_64_bit_seed_is_accepted(world: FakeWorld, program: Program, seed: float) -> None:
    program.post("/v1/chat/completions", QUESTION | {"seed": seed}).raise_for_status()
    assert 0 <= world.model.prompts[0]["seed"] < 2**32 - 1


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens", "seed", "top_logprobs", "n"])
def test_a_whole_number_may_have_a_decimal_point(program: Program, field: str) -> None:
    assert program.post("/v1/chat/completions", QUESTION | {field: 1.0}).status_code == 200
    assert program.post("/v1/chat/completions", QUESTION | {field: 1.5}).status_code == 400
    assert program.post("/v1/chat/completions", QUESTION | {field: True}).status_code == 400


def test_a_model_can_be_looked_up(program: Program) -> None:
    listed = program.get("/v1/models").json()["data"]
    assert program.get(f"/v1/models/{listed[0]['id']}").json() == listed[0]
    for name in ("gpt-4o", "no%20such", "a" * 300):
        missing = program.get(f"/v1/models/{name}")
        assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found_error"), missing.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/completions",
        "/v1/embeddings",
        "/v1/images/generations",
        "/v1/audio/speech",
        "/v1/files",
        "/v1/responses/resp_1",
    ],
)
def test_other_addresses_of_openai_are_refused_in_its_format(program: Program, path: str) -> None:
    for refused in (program.post(path, {"model": "demo", "input": "Hi"}), program.get(path)):
        assert refused.status_code == 404
        error = refused.json()["error"]
        assert (error["type"], set(error)) == ("not_found_error", {"message", "type", "param", "code"})
        assert "/v1/chat/completions" in error["message"]


def test_an_unknown_address_speaks_both_formats(program: Program) -> None:
    refused = program.get("/v1/nothing-known")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["error"]["message"] == refused.json()["detail"]


def test_a_preflight_allows_what_openais_clients_send(services: FakeServices) -> None:
    names = (
        "os",
        "arch",
        "lang",
        "runtime",
        "runtime-version",
        "package-version",
        "retry-count",
        "timeout",
        "helper-method",
    )
    asked = ["authorization", "content-type", "openai-organization", "openai-project", "idempotency-key"]
    asked += [f"x-stainless-{name}" for name in names]
    with services.world(cors_origins="https://app.example") as world:
        headers = {
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ",".join(asked),
        }
        allowed = httpx.options(f"{world.url}/v1/chat/completions", headers=headers, trust_env=False)
        assert allowed.status_code == 200
        assert set(asked) <= set(re.split(r",\s*", allowed.headers["access-control-allow-headers"].lower()))
        elsewhere = httpx.options(
            f"{world.url}/v1/chat/completions", headers=headers | {"Origin": "https://evil.example"}, trust_env=False
        )
        assert "access-control-allow-origin" not in elsewhere.headers


@pytest.mark.parametrize("path", BODIES)
def test_a_stream_that_waits_begins_at_once_and_shows_life(
    world: FakeWorld, program: Program, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the queue, behind a reply, and then while the model reads."""
    assert event_streams.PROMPT_SECONDS <= 2
    assert event_streams.COMMENT_SECONDS <= 15
    monkeypatch.setattr(event_streams, "COMMENT_SECONDS", 0.2)
    world.model.slots, world.model.pace = 1, 0.5
    program.post("/v1/chat", {"message": "Hi", "background": True})
    began = time.monotonic()
    lines = list[str]()
    with program.http.stream("POST", path, json=BODIES[path] | {"stream": True}, headers=program.headers) as response:
        assert time.monotonic() - began < event_streams.PROMPT_SECONDS + 1
        assert (response.status_code, response.headers["content-type"][:17]) == (200, "text/event-stream")
        lines += response.iter_lines()
    text = "\n".join(lines)
    assert text.index(": still waiting") < text.index("data: ")
    assert "forty" in text


@pytest.mark.parametrize("path", BODIES)
def test_leaving_while_it_waits_frees_the_place(world: FakeWorld, program: Program, path: str) -> None:
    world.model.slots, world.model.pace = 1, 0.3
    program.post("/v1/chat", {"message": "Hi", "background": True})
    with program.http.stream("POST", path, json=BODIES[path] | {"stream": True}, headers=program.headers):
        pass
    assert program.chat("Hello")["status"] == "complete"


def test_an_error_after_a_long_wait_is_an_event_in_openais_format(world: FakeWorld, program: Program) -> None:
    world.model.slots, world.model.pace = 1, 0.5
    program.post("/v1/chat", {"message": "Hi", "background": True})
    wait_until(lambda: world.model.running)
    world.model.refusal = {"code": 400, "message": "this is too much", "type": "invalid_request_error"}
    answer = program.post("/v1/chat/completions", QUESTION | {"stream": True})
    assert answer.status_code == 200
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    assert events[-1]["error"]["message"] == "The language model refused this: this is too much"


TRACE = (
    "\n---\nWhile executing CallExpression at line 1, column 9 in source:\n{{ raise }}\nError: Jinja Exception: Roles"
)


@pytest.mark.parametrize("words", ["image input is not supported", TRACE])
@pytest.mark.parametrize("stream", [False, True])
def test_a_500_of_a_healthy_model_server_is_a_refusal(world: FakeWorld, words: str, stream: bool) -> None:
    program, ada = with_key(world), world.visitor()
    chat = ada.open_chat()
    world.model.refusal = {"code": 500, "message": words, "type": "server_error"}
    began = time.monotonic()
    refused = program.post("/v1/chat/completions", QUESTION | {"stream": stream})
    error = refused.json()["error"]
    assert (refused.status_code, error["type"], error["code"]) == (
        400,
        "invalid_request_error",
        "language_model_refused",
    )
    assert error["message"].startswith("The language model refused this: ")
    assert "image input" in error["message"] or error["message"].endswith("Jinja Exception: Roles")
    assert "retry-after" not in refused.headers
    shown = ada.ask_and_wait(chat, "Hello").text()
    assert time.monotonic() - began < 10
    assert "refused this message" in shown
    assert words.strip() not in shown
    assert "column 9" not in shown
    world.model.refusal = None
    assert program.post("/v1/chat/completions", QUESTION).status_code == 200
    assert httpx.get(f"{world.url}/health/ready", trust_env=False).json()["lm_api"] == "ok"


def test_a_500_of_a_sick_model_server_is_not_a_refusal(world: FakeWorld, program: Program) -> None:
    world.model.refusal = {"code": 500, "message": "out of memory", "type": "server_error"}
    world.model.sick = True
    answer = program.post("/v1/chat/completions", QUESTION)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


MALFORMED: list[Any] = [
    [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}],
    [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
    [{"type": "image_url"}],
    [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}],
    [{"type": "rubbish"}],
    [{}],
    [{"type": "text"}],
    [{"type": "text", "text": 5}],
]


@pytest.mark.parametrize("content", MALFORMED, ids=str)
def test_what_the_real_model_server_cannot_read_is_a_bad_request(real: World, content: Any) -> None:
    program = with_key(real)
    refused = program.post(
        "/v1/chat/completions", {"messages": [{"role": "user", "content": content}], "max_tokens": 2}
    )
    assert refused.status_code == 400, refused.text
    again = program.post("/v1/chat/completions", QUESTION | {"max_tokens": 2})
    assert again.status_code == 200
