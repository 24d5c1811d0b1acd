"""The API for programs: questions and answers."""

import uuid

import pytest

from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import Program, read_messages, sending, text_of, with_key
from tests.support.running.waiting import wait_until

ANSWER = "The answer is **forty-two**."
LONG = " ".join(f"word{number}" for number in range(500))


@pytest.fixture
def program(world: FakeWorld) -> Program:
    return with_key(world)


def test_a_question_is_answered(program: Program) -> None:
    answer = program.chat("What is the answer?")
    assert answer["response"] == ANSWER
    assert (answer["sources"], answer["tokens_used"], answer["finish_reason"]) == ([], 14, "stop")


def test_a_conversation_continues(world: FakeWorld, program: Program) -> None:
    first = program.chat("What is the answer?")
    second = program.chat("Why?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    asked = [message["content"] for message in world.model.prompts[-1]["messages"]]
    assert asked == ["What is the answer?", ANSWER, "Why?"]


def test_a_stream_gives_the_text_with_positions_as_ids(world: FakeWorld, program: Program) -> None:
    world.model.answer, world.model.pace = "Ärger 🎉 is a word.", 0.05
    *tokens, done = program.stream("Hello")
    assert text_of(tokens) == "Ärger 🎉 is a word."
    assert len(tokens) > 1
    length = 0
    for message in tokens:
        length += len(message.data["token"])
        assert int(message.id) == length
    assert done.data["done"] is True
    assert (done.data["tokens_used"], done.data["status"]) == (15, "complete")


def test_a_broken_stream_resumes_after_the_last_event(world: FakeWorld, program: Program) -> None:
    world.model.pace = 0.1
    body = {"message": "Hello", "background": True}
    with program.http.stream("POST", "/v1/chat/stream", json=body, headers=program.headers) as response:
        events = response.headers["location"] + "/events"
        first = next(read_messages(response.iter_lines()))
    resumed = program.get(events, headers={"Last-Event-ID": first.id})
    rest = list(read_messages(iter(resumed.text.splitlines())))
    assert first.data["token"] + text_of(rest) == ANSWER
    assert rest[-1].data["done"]


def test_an_idle_stream_sends_comments(world: FakeWorld, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat_ui.services.replies.watcher.HEARTBEAT_SECONDS", 0.05)
    world.model.pace = 3600
    with program.http.stream("POST", "/v1/chat/stream", json={"message": "Hi"}, headers=program.headers) as response:
        lines = (line for line in response.iter_lines() if line)
        assert [next(lines) for _ in range(3)] == [": still here"] * 3


def test_closing_the_stream_stops_the_reply(world: FakeWorld, program: Program) -> None:
    world.model.answer, world.model.pace = "word " * 500, 0.05
    with program.http.stream("POST", "/v1/chat/stream", json={"message": "Hi"}, headers=program.headers) as response:
        next(read_messages(response.iter_lines()))
        where = response.headers["location"]
    wait_until(lambda: world.model.running == 0)
    wait_until(lambda: program.get(where).json()["status"] == "stopped")


def test_closing_a_request_without_a_stream_stops_the_reply(world: FakeWorld, program: Program) -> None:
    world.model.pace = 3600
    with sending(world, "/v1/chat", {"message": "Hi"}):
        wait_until(lambda: world.model.running)
    wait_until(lambda: world.model.running == 0)
    wait_until(lambda: [m["status"] for m in world.db.messages.values() if m["role"] == "assistant"] == ["stopped"])


def test_a_background_reply_continues_without_its_reader(world: FakeWorld, program: Program) -> None:
    world.model.pace = 0.05
    started = program.post("/v1/chat", {"message": "Hi", "background": True})
    assert started.status_code == 202
    where = started.headers["location"]
    assert where.endswith(started.json()["reply_id"])
    wait_until(lambda: program.get(where).json()["status"] == "complete")
    assert program.get(where).json()["content"] == ANSWER


def test_the_same_idempotency_key_asks_once(world: FakeWorld, program: Program) -> None:
    key = {"Idempotency-Key": "order-7"}
    answers = [program.post("/v1/chat", {"message": "Hi"}, headers=key).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert text_of(program.stream("Hi", headers=key)) == ANSWER
    assert len(world.model.prompts) == 1
    other = program.post("/v1/chat", {"message": "Ho"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert with_key(world, "bob").post("/v1/chat", {"message": "Hi"}, headers=key).json() != answers[0]


@pytest.mark.parametrize("body", ["{", "[]", '"Hi"'])
def test_a_body_that_is_not_a_json_object_is_refused(program: Program, body: str) -> None:
    refused = program.call("POST", "/v1/chat", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-request")
    assert refused.json()["detail"].startswith("The body is not a JSON object.")
    assert program.call("POST", "/v1/chat", content='{"message": "Hi"}').json()["detail"] == refused.json()["detail"]


def test_a_messages_length_is_checked_as_it_was_sent(program: Program) -> None:
    assert program.post("/v1/chat", {"message": f" {'a' * 15_998} "}).status_code == 200
    too_long = program.post("/v1/chat", {"message": f" {'a' * 15_999} "})
    assert (too_long.status_code, too_long.json()["type"]) == (422, "/problems/invalid-text")


def test_errors_speak_of_conversations_and_not_of_browsers(program: Program) -> None:
    refused = program.get("/v1/conversations/00000000-0000-0000-0000-000000000000").json()
    assert refused["detail"] == "This conversation or reply does not exist, or it belongs to another user."


def test_a_second_question_before_the_answer_is_a_conflict(world: FakeWorld, program: Program) -> None:
    world.model.pace = 3600
    started = program.post("/v1/chat", {"message": "Hi", "background": True}).json()
    again = program.post("/v1/chat", {"message": "Ho", "conversation_id": started["conversation_id"]})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/reply-running")


def test_a_reply_is_stopped_continued_and_regenerated(world: FakeWorld, program: Program) -> None:
    world.model.answer, world.model.pace = LONG, 0.05
    reply = program.post("/v1/chat", {"message": "Hi", "background": True}).headers["location"]
    wait_until(lambda: program.get(reply).json()["content"])
    stopped = program.post(f"{reply}/stop").json()
    assert stopped["status"] == "stopped"
    assert LONG.startswith(stopped["content"])
    assert program.post(f"{reply}/stop").json()["status"] == "stopped"
    world.model.pace = 0
    assert program.post(f"{reply}/continue").status_code == 202
    wait_until(lambda: program.get(reply).json()["status"] == "complete")
    assert program.get(reply).json()["content"] == LONG
    other = program.post(f"{reply}/regenerate")
    assert other.status_code == 201
    assert other.headers["location"] != reply


def test_a_refusal_of_the_model_is_reported(world: FakeWorld, program: Program) -> None:
    world.model.refusal = {"code": 400, "message": "no", "type": "invalid_request_error"}
    refused = program.post("/v1/chat", {"message": "Hi"})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/reply-failed")
    *_, done = program.stream("Hi")
    assert done.data["status"] == "failed"
    assert "refused" in done.data["error"]


def test_errors_are_problems_with_a_sentence_and_the_request_id(world: FakeWorld, program: Program) -> None:
    missing = program.get(f"/v1/conversations/{uuid.uuid4()}")
    assert missing.headers["content-type"] == "application/problem+json"
    problem = missing.json()
    assert (problem["status"], problem["type"]) == (404, "/problems/conversation-not-found")
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == missing.headers["x-request-id"]
    for response, status in (
        (program.get("/v1/conversations/7"), 404),
        (program.get("/v1/nothing"), 404),
        (program.post("/v1/chat", {"message": ""}), 422),
        (program.post("/v1/chat", {"message": "x" * 16_001}), 422),
        (program.post("/v1/chat", {"massage": "Hi"}), 422),
        (program.call("PUT", "/v1/chat"), 405),
    ):
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"


def test_allow_lists_every_method_of_an_address(program: Program) -> None:
    where = program.post("/v1/conversations", {}).headers["location"]
    refused = {path: program.call("PUT", path) for path in ("/v1/conversations", where)}
    assert {answer.status_code for answer in refused.values()} == {405}
    assert [answer.headers["allow"] for answer in refused.values()] == ["GET, HEAD, POST", "DELETE, GET, HEAD, PATCH"]


def test_a_body_that_cannot_be_decoded_is_refused(program: Program) -> None:
    refused = program.call("POST", "/v1/chat", content=b"\xff\xfe{", headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["detail"]) == (422, "The body cannot be decoded. Send JSON in UTF-8.")


def test_a_full_queue_and_an_unavailable_database_say_when_to_retry(world: FakeWorld, program: Program) -> None:
    world.db.away = True
    away = program.post("/v1/chat", {"message": "Hi"})
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
