import itertools
import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.drivers.chatting import Json, Person, Writer, texts
from tests.support.running.database import Database


@pytest.fixture
def reply_id(ada: Person, writer: Writer) -> str:
    return str(ada.ask(ada.open_chat()["id"], writer)["reply"]["id"])


def test_text_grows_by_chunks(ada: Person, writer: Writer, reply_id: str) -> None:
    assert writer.write(reply_id, 0, "Once ") == {"lost": [], "gaps": []}
    assert writer.write(reply_id, 5, "upon") == {"lost": [], "gaps": []}
    reply = ada.read_reply(reply_id)
    assert (reply["status"], reply["text"], reply["position"]) == ("generating", "Once upon", 0)
    assert ada.read_chat(reply["chat_id"])["path"][-1]["content"] == "Once upon"


def test_positions_count_code_points(ada: Person, writer: Writer, reply_id: str) -> None:
    writer.write(reply_id, 0, "Añ😀")
    assert writer.write(reply_id, 3, "👩‍🚀 ok")["gaps"] == []
    assert ada.read_reply(reply_id, after=2)["text"] == "😀👩‍🚀 ok"


def test_text_is_read_from_a_position_on(ada: Person, writer: Writer, reply_id: str) -> None:
    writer.write(reply_id, 0, "Once upon")
    assert ada.read_reply(reply_id, after=5) == ada.read_reply(reply_id) | {"position": 5, "text": "upon"}
    assert ada.read_reply(reply_id, after=100)["text"] == ""


def test_a_write_may_be_repeated(ada: Person, writer: Writer, reply_id: str) -> None:
    for _ in range(3):
        assert writer.write(reply_id, 0, "Once ") == {"lost": [], "gaps": []}
    assert ada.read_reply(reply_id)["text"] == "Once "


def test_a_write_replaces_the_text_from_its_position_on(ada: Person, writer: Writer, reply_id: str) -> None:
    for position, text in ((0, "Once "), (5, "upon "), (10, "a time")):
        writer.write(reply_id, position, text)
    writer.write(reply_id, 7, "-")
    assert ada.read_reply(reply_id)["text"] == "Once up-"
    writer.write(reply_id, 2, "")
    assert ada.read_reply(reply_id)["text"] == "On"


def test_any_order_of_writes_leaves_what_was_written_last(ada: Person, writer: Writer, reply_id: str) -> None:
    choose, text = random.Random(7), ""
    for number in itertools.count():
        if number == 60:
            break
        position = choose.randint(max(0, len(text) - 12), len(text))
        piece = "".join(choose.choices("aé😀 ", k=choose.randint(0, 6)))
        text = text[:position] + piece
        writer.write(reply_id, position, piece)
        if number == 30:  # part of the text is in the content from now on, as after a claim
            writer.give_up()
            assert reply_id in [item["reply"]["id"] for item in writer.claim()]
        assert ada.read_reply(reply_id)["text"] == text


def test_text_beyond_the_end_is_refused_with_the_length_so_far(ada: Person, writer: Writer, reply_id: str) -> None:
    writer.write(reply_id, 0, "Once")
    refused = writer.write(reply_id, 5, "upon")
    assert refused == {"lost": [], "gaps": [{"reply_id": reply_id, "length": 4}]}
    assert ada.read_reply(reply_id)["text"] == "Once"


def test_an_empty_text_renews_the_lease_and_sets_the_status(
    ada: Person, writer: Writer, reply_id: str, database: Database
) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE messages SET lease_expires_at = now() - interval '1 s' WHERE id = %s", (reply_id,))
    assert writer.write(reply_id, 0, "", status="queued") == {"lost": [], "gaps": []}
    assert ada.read_reply(reply_id)["status"] == "queued"
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT lease_expires_at > now() + interval '9 s' FROM messages WHERE id = %s", (reply_id,))
        assert cursor.fetchone() == (True,)


def test_one_call_writes_replies_of_many_people(ada: Person, bob: Person, writer: Writer, other_writer: Writer) -> None:
    mine = [person.ask(person.open_chat()["id"], writer)["reply"]["id"] for person in (ada, bob)]
    not_mine = ada.ask(ada.open_chat()["id"], other_writer)["reply"]["id"]
    writes = [
        {"reply_id": reply_id, "status": "generating", "position": 0, "text": f"for {number}"}
        for number, reply_id in enumerate([*mine, not_mine, str(uuid.uuid4())])
    ]
    assert set(writer.write_all(writes)["lost"]) == {not_mine, writes[3]["reply_id"]}
    assert ada.read_reply(mine[0])["text"] == "for 0"
    assert bob.read_reply(mine[1])["text"] == "for 1"
    assert ada.read_reply(not_mine)["text"] == ""


def test_an_empty_bulk_write_is_allowed(writer: Writer) -> None:
    assert writer.write_all([]) == {"lost": [], "gaps": []}


def test_another_writer_may_neither_write_nor_end_a_reply(ada: Person, other_writer: Writer, reply_id: str) -> None:
    assert other_writer.write(reply_id, 0, "x")["lost"] == [reply_id]
    refused = other_writer.end(reply_id, "x")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/lease-lost")
    assert ada.read_reply(reply_id)["status"] == "queued"


def test_the_end_stores_all_that_is_known(ada: Person, writer: Writer, reply_id: str, database: Database) -> None:
    writer.write(reply_id, 0, "Once upn")
    outcome: Json = {
        "finish_reason": "length",
        "model": "demo",
        "prompt_tokens": 12,
        "completion_tokens": 34,
        "timings": {"prompt_ms": 1.5, "cache_n": 7},
    }
    assert writer.end(reply_id, "Once upon", **outcome).status_code == 204
    reply = ada.read_chat(ada.read_reply(reply_id)["chat_id"])["path"][-1]
    assert reply == reply | outcome | {"content": "Once upon", "status": "complete", "error": None}
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM reply_chunks WHERE reply_id = %s", (reply_id,))
        assert cursor.fetchone() == (0,)


def test_an_end_may_be_repeated_but_not_changed(writer: Writer, reply_id: str) -> None:
    assert writer.end(reply_id, "Once").status_code == 204
    assert writer.end(reply_id, "Once").status_code == 204
    assert writer.end(reply_id, "Twice").status_code == 409
    assert writer.write(reply_id, 4, "x")["lost"] == [reply_id]


def test_a_failure_says_why(ada: Person, writer: Writer, reply_id: str) -> None:
    writer.end(reply_id, "Onc", status="failed", error="The language model does not answer.")
    reply = ada.read_reply(reply_id)
    assert (reply["status"], reply["error"], reply["text"]) == ("failed", "The language model does not answer.", "Onc")


def test_a_stopped_reply_keeps_its_text_and_refuses_its_writer(ada: Person, writer: Writer, reply_id: str) -> None:
    writer.write(reply_id, 0, "Once ")
    writer.write(reply_id, 5, "upon")
    stopped = ada.stop(reply_id).json()
    assert (stopped["reply"]["status"], stopped["reply"]["content"]) == ("stopped", "Once upon")
    assert texts(stopped["chat"])[-1] == "Once upon"
    assert writer.write(reply_id, 9, " a time")["lost"] == [reply_id]
    assert writer.end(reply_id, "Once upon a time").status_code == 409
    assert ada.read_reply(reply_id)["text"] == "Once upon"
    assert ada.stop(reply_id).json()["type"] == "/problems/reply-ended"


def test_text_stored_while_a_user_stops_the_reply_is_kept(
    ada: Person, writer: Writer, reply_id: str, database: Database
) -> None:
    with ThreadPoolExecutor(1) as threads:
        with database.connect("parley_owner") as cursor:
            cursor.execute(
                "SELECT * FROM write_replies(%s, '10 s', ARRAY[%s]::uuid[], '{generating}', '{0}', '{Once}')",
                (writer.id, reply_id),
            )
            stopping = threads.submit(ada.stop, reply_id)
            database.wait_until_somebody_waits()
        assert stopping.result().json()["reply"]["content"] == "Once"


@pytest.mark.parametrize(
    "outcome",
    [
        {"status": "stopped"},
        {"status": "failed", "error": "Away."},
        {"finish_reason": "length"},
    ],
)
def test_an_unfinished_reply_can_be_continued_by_another_writer(
    ada: Person, writer: Writer, other_writer: Writer, reply_id: str, outcome: dict[str, str]
) -> None:
    writer.end(reply_id, "Once upon", **outcome)
    continued = ada.continue_(reply_id, other_writer)
    assert continued.status_code == 200
    reply = continued.json()["reply"]
    assert (reply["status"], reply["content"], reply["error"], reply["finish_reason"]) == (
        "queued",
        "Once upon",
        None,
        None,
    )
    assert continued.json()["chat"]["path"][-1] == reply
    assert other_writer.write(reply_id, 5, "more") == {"lost": [], "gaps": []}
    assert ada.read_reply(reply_id)["text"] == "Once more"
    assert writer.write(reply_id, 0, "x")["lost"] == [reply_id]


def test_a_complete_reply_cannot_be_continued(ada: Person, writer: Writer, reply_id: str) -> None:
    writer.end(reply_id, "Once", finish_reason="stop")
    assert ada.continue_(reply_id, writer).json()["type"] == "/problems/reply-ended"


def test_a_running_reply_cannot_be_continued(ada: Person, writer: Writer, reply_id: str) -> None:
    refused = ada.continue_(reply_id, writer).json()
    assert (refused["type"], refused["reply_id"]) == ("/problems/reply-running", reply_id)


def test_a_continued_reply_of_a_longer_chat_is_answered_with_its_own_path(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    turn = ada.ask(chat_id, writer, "one")
    writer.end(turn["reply"]["id"], "1", status="stopped")
    ada.converse(chat_id, writer, "two", "2")
    assert texts(ada.continue_(turn["reply"]["id"], writer).json()["chat"]) == ["one", "1"]
    assert texts(ada.read_chat(chat_id)) == ["one", "1", "two", "2"]


def test_users_and_writers_may_change_only_their_own_fields(ada: Person, writer: Writer, reply_id: str) -> None:
    def refusal(headers: dict[str, str], body: dict[str, str]) -> str:
        response = ada._client.patch(f"/replies/{reply_id}", headers=headers, json=body)
        assert response.status_code == 422
        return str(response.json()["type"])

    by_person = [{"status": "complete"}, {"status": "queued"}, {"status": "stopped", "content": "x"}]
    by_writer = [{"status": "queued", "content": ""}, {"status": "complete"}]
    assert {refusal(ada.headers, body) for body in by_person} == {"/problems/invalid-request"}
    assert {refusal(writer.headers, body) for body in by_writer} == {"/problems/invalid-request"}
    assert {refusal({}, {"status": "complete", "content": ""})} == {"/problems/invalid-request"}


def test_a_repeated_request_for_another_reply_opens_one(ada: Person, writer: Writer) -> None:
    turn = ada.converse(ada.open_chat()["id"], writer, "one", "1")
    address, token = f"/messages/{turn['message']['id']}/replies", {"client_token": str(uuid.uuid4())}
    first, again = [ada.call("POST", address, writer, params=token) for _ in "ab"]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["reply"]["id"] == again.json()["reply"]["id"]
    writer.end(first.json()["reply"]["id"], "2").raise_for_status()
    assert ada.call("POST", address, writer, params=token).json()["reply"]["content"] == "2"


def test_a_continued_reply_is_on_the_current_path(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    stopped = ada.ask(chat_id, writer, "one")["reply"]["id"]
    ada.stop(stopped)
    ada.converse(chat_id, writer, "ONE", "I", parent_id=None)
    ada.continue_(stopped, writer).raise_for_status()
    assert ada.read_chat(chat_id)["path"][-1]["id"] == stopped
