from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.support.drivers.chatting import Person, Writer, texts
from tests.support.running.database import Database


def let_lease_expire(database: Database, reply_id: str) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE messages SET lease_expires_at = now() - interval '1 s' WHERE id = %s", (reply_id,))


def test_a_reply_whose_writer_died_is_taken_over_with_its_text(
    ada: Person, writer: Writer, other_writer: Writer, database: Database
) -> None:
    chat_id = ada.open_chat()["id"]
    ada.converse(chat_id, writer, "one", "1")
    reply_id = ada.ask(chat_id, writer, "two")["reply"]["id"]
    writer.write(reply_id, 0, "Once ")
    writer.write(reply_id, 5, "upon")
    let_lease_expire(database, reply_id)

    claimed = next(item for item in other_writer.claim() if item["reply"]["id"] == reply_id)
    assert claimed["user_id"] == ada.id
    assert claimed["reply"]["status"] == "generating"
    assert texts(claimed["chat"]) == ["one", "1", "two", "Once upon"]
    assert claimed["chat"]["path"][-1] == claimed["reply"]

    assert writer.write(reply_id, 9, " a time")["lost"] == [reply_id]
    assert writer.end(reply_id, "Once upon a time").status_code == 409
    assert other_writer.write(reply_id, 9, " a midnight") == {"lost": [], "gaps": []}
    assert ada.read_reply(reply_id)["text"] == "Once upon a midnight"


def test_a_reply_that_is_being_written_cannot_be_claimed(ada: Person, writer: Writer, other_writer: Writer) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    assert reply_id not in [item["reply"]["id"] for item in other_writer.claim()]


def test_a_writer_that_shuts_down_releases_its_replies_at_once(
    ada: Person, writer: Writer, other_writer: Writer
) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    writer.give_up()
    assert writer.write(reply_id, 0, "x")["lost"] == [reply_id]
    assert reply_id in [item["reply"]["id"] for item in other_writer.claim()]


def test_the_path_of_a_claimed_reply_leads_to_that_reply(ada: Person, writer: Writer, other_writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    ada.converse(chat_id, writer, "one", "1")
    other = ada.ask(chat_id, writer, "other", parent_id=None)
    ada.call(
        "PATCH", f"/chats/{chat_id}", json={"current_message_id": ada.read_chat(chat_id)["path"][0]["siblings"][0]}
    )
    assert texts(ada.read_chat(chat_id)) == ["one", "1"]
    writer.give_up()
    claimed = next(item for item in other_writer.claim() if item["reply"]["id"] == other["reply"]["id"])
    assert texts(claimed["chat"]) == ["other", ""]


def test_an_ended_reply_is_not_claimed(ada: Person, writer: Writer, other_writer: Writer, database: Database) -> None:
    reply_id = ada.converse(ada.open_chat()["id"], writer, "one", "1")["reply"]["id"]
    let_lease_expire(database, reply_id)
    assert reply_id not in [item["reply"]["id"] for item in other_writer.claim()]


def test_claims_at_the_same_time_are_disjoint_and_complete(
    ada: Person, writer: Writer, db_api_client: httpx.Client
) -> None:
    replies = {ada.ask(ada.open_chat()["id"], writer)["reply"]["id"] for _ in range(12)}
    writer.give_up()
    writers = [Writer(db_api_client) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        claims = [
            item["reply"]["id"] for items in threads.map(lambda one: one.claim(limit=4), writers) for item in items
        ]
    for one in writers:  # replies that were locked while every writer claimed
        claims += [item["reply"]["id"] for item in one.claim()]
    assert len(claims) == len(set(claims))
    assert replies <= set(claims)


def test_a_claim_takes_at_most_the_requested_number(ada: Person, writer: Writer, other_writer: Writer) -> None:
    for _ in range(3):
        ada.ask(ada.open_chat()["id"], writer)
    writer.give_up()
    assert len(other_writer.claim(limit=2)) == 2


MOST_ATTEMPTS = 10


def lose_writer(database: Database, writer: Writer, reply_id: str) -> bool:
    """Claim the reply from a writer that vanished, and say whether it could be claimed."""
    let_lease_expire(database, reply_id)
    return reply_id in [item["reply"]["id"] for item in writer.claim()]


def test_a_reply_whose_writers_vanish_again_and_again_fails(ada: Person, writer: Writer, database: Database) -> None:
    chat_id = ada.open_chat()["id"]
    reply_id = ada.ask(chat_id, writer)["reply"]["id"]
    writer.write(reply_id, 0, "Once upon")
    assert all(lose_writer(database, writer, reply_id) for _ in range(MOST_ATTEMPTS))
    assert not lose_writer(database, writer, reply_id)
    failed = ada.read_chat(chat_id)["path"][-1]
    assert (failed["status"], failed["content"]) == ("failed", "Once upon")
    assert "after several attempts" in failed["error"]
    assert writer.write(reply_id, 9, " a time")["lost"] == [reply_id]
    assert not lose_writer(database, writer, reply_id)


def test_a_reply_that_makes_progress_is_claimed_as_often_as_needed(
    ada: Person, writer: Writer, database: Database
) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    for position in range(2 * MOST_ATTEMPTS):
        assert lose_writer(database, writer, reply_id)
        writer.write(reply_id, position, "x")
    assert ada.read_reply(reply_id)["status"] == "generating"


def test_the_same_text_stored_again_is_no_progress(ada: Person, writer: Writer, database: Database) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    writer.write(reply_id, 0, "Once")
    for _ in range(MOST_ATTEMPTS):
        assert lose_writer(database, writer, reply_id)
        writer.write(reply_id, 0, "Once")
        writer.write(reply_id, 4, "")
    assert not lose_writer(database, writer, reply_id)


def test_releasing_a_reply_is_no_failed_attempt(ada: Person, writer: Writer) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    for _ in range(2 * MOST_ATTEMPTS):
        writer.give_up()
        assert reply_id in [item["reply"]["id"] for item in writer.claim()]


def test_a_failed_reply_can_be_continued_with_all_attempts(ada: Person, writer: Writer, database: Database) -> None:
    reply_id = ada.ask(ada.open_chat()["id"], writer)["reply"]["id"]
    while lose_writer(database, writer, reply_id):
        pass
    ada.continue_(reply_id, writer).raise_for_status()
    assert lose_writer(database, writer, reply_id)
