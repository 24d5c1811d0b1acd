import pytest

from tests.support.drivers.chatting import Person, Writer
from tests.support.running.database import Database


def search(person: Person, words: str) -> list[tuple[str | None, str]]:
    """Return the message id and the highlighted words of each hit."""
    response = person.call("GET", "/search", params={"q": words})
    hits = response.raise_for_status().json()["items"]
    return [(hit["message_id"], " ".join(p["text"] for p in hit["excerpt"] if p["hit"])) for hit in hits]


def test_a_text_is_found_by_words_and_by_their_prefixes(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    turn = ada.converse(chat_id, writer, "How far is the moon?", "About 384,000 km. Café Ünïcode.")
    question, reply = turn["message"]["id"], turn["reply"]["id"]
    assert search(ada, "MOON far") == [(question, "far moon")]
    assert search(ada, "abou") == [(reply, "About")]
    assert search(ada, "384,000 café") == [(reply, "384 000 Café")]
    assert search(ada, "moon about") == []


def test_titles_come_before_texts(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    turn = ada.converse(chat_id, writer, "moon", "It is far.", title="The Moon")
    assert search(ada, "moon") == [(None, "Moon"), (turn["message"]["id"], "moon")]


def test_reasoning_is_not_searched(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    thoughts = '<think>\nOf the moon?\n\nYes.\n</think seconds="4.2">\n\n'
    answer = ada.converse(chat_id, writer, "How far?", f"{thoughts}It is far, think.")["reply"]
    unfinished = ada.ask(chat_id, writer, "And then?")["reply"]
    writer.end(unfinished["id"], "<think>\nOf the moon, far", "stopped").raise_for_status()
    assert search(ada, "moon") == search(ada, "seconds") == []
    assert (answer["id"], "think") in search(ada, "think")
    assert (answer["id"], "far") in search(ada, "far")
    quoting = ada.ask(chat_id, writer, "<think>\nmoon\n</think>")["message"]
    assert search(ada, "moon") == [(quoting["id"], "moon")]


def test_newest_texts_come_first_and_the_archive_is_searched_too(ada: Person, writer: Writer) -> None:
    first, second = (ada.converse(ada.open_chat()["id"], writer, "moon", "-") for _ in "ab")
    ada.call("PATCH", f"/chats/{second['chat']['id']}", json={"archived": True}).raise_for_status()
    assert [message for message, _ in search(ada, "moon")] == [second["message"]["id"], first["message"]["id"]]


def test_another_users_texts_and_deleted_ones_are_not_found(ada: Person, bob: Person, writer: Writer) -> None:
    turn = ada.converse(ada.open_chat("moon")["id"], writer, f"moon for {bob.id}", "-", title="moon")
    assert search(bob, "moon") == []
    assert search(bob, bob.id) == []
    assert len(search(ada, "moon")) == 2
    ada.call("DELETE", f"/chats/{turn['chat']['id']}").raise_for_status()
    assert search(ada, "moon") == []


@pytest.mark.parametrize("words", ["'", "\\", "' | 'sun", "!!!", "a:*&!(", "%", "\x02", "\u200b", "sun\\'", "<->"])
def test_any_words_can_be_searched(ada: Person, writer: Writer, words: str) -> None:
    ada.converse(ada.open_chat()["id"], writer, "moon", "-")
    assert search(ada, words) == []


def test_words_that_cannot_be_stored_are_refused(ada: Person) -> None:
    for words in ("", "a\0b", "x" * 201):
        assert ada.call("GET", "/search", params={"q": words}).json()["type"] == "/problems/invalid-request"


def test_a_long_text_of_many_words_can_be_stored(ada: Person, writer: Writer) -> None:
    answer = " ".join(f"ü{number}" for number in range(40_000))
    turn = ada.converse(ada.open_chat()["id"], writer, "many", answer)
    assert search(ada, "ü7777") == [(turn["reply"]["id"], "ü7777")]


def test_the_index_of_words_is_used(database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT FROM messages WHERE message_words(user_id, content) @@ 'moon'::tsquery")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "messages_words_idx" in plan
