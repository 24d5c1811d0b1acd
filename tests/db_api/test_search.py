# ruff: noqa: RUF001 - letters of other scripts

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
    assert search(ada, "384,000 café") == [(reply, "384,000 Café")]
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


TEXTS = {
    "今天天气很好,我们去公园散步。": ["公园", "天气", "散步", "我们去公园", "好"],
    "東京タワーに行きました。": ["タワー", "東京", "ました", "ﾀﾜｰ"],
    "서울(Seoul)은 한국의 수도입니다": ["서울", "수도", "seoul", "한국"],
    "ผมชอบกินข้าวผัดกุ้ง": ["ข้าวผัด", "กุ้ง", "กิน"],
    "ຂ້ອຍມັກກິນເຂົ້າ": ["ກິນ", "ເຂົ້າ"],
    "ខ្ញុំចូលចិត្តភាសាខ្មែរ": ["ភាសា", "ខ្មែរ"],
    "မြန်မာစကားပြောသည်": ["စကား"],
    "हिन्दी में प्रश्न पूछें": ["प्रश्न", "हिन्दी", "पूछें"],
    "Cafe\u0301 in der Straße, für Müller": [
        "café",
        "CAFE",
        "strasse",
        "STRASSE",
        "Straße",
        "muller",
        "mueller",
        "müller",
    ],
    "Herr Mueller aß in Tromso und Aarhus": ["Müller", "ass", "Århus"],
    "Đà Nẵng và Łódź, Ærø, Þingvellir": ["da nang", "lodz", "aero", "thingvellir"],
    "Ёлка и ёж, ΣΊΣΥΦΟΣ": ["елка", "еж", "σισυφος", "σίσυφος"],
    "see utils/helpers.py and os.path.join": [
        "helpers.py",
        "helpers",
        "utils/helpers.py",
        "join",
        "path.join",
        "os.pa",
    ],
    "since v1.2.3 <em>works</em> on 10km in C#": ["1.2.3", "v1.2.3", "1.2", "works", "km", "em", "C#"],
    "snake_case_name, don't e-mail a@example.org": ["case", "don't", "mail", "example", "a@example.org"],
    "می\u200cخواهم کِتاب بخوانم": ["میخواهم", "می\u200cخواهم", "کتاب"],
    "soft\u00adhyphen zero\u200bwidth": ["softhyphen", "zero", "width"],
}


@pytest.mark.parametrize("text", TEXTS)
def test_words_of_every_script_are_found_and_marked(ada: Person, writer: Writer, text: str) -> None:
    turn = ada.converse(ada.open_chat()["id"], writer, "-", text)
    for words in TEXTS[text]:
        [(message, marked)] = search(ada, words)
        assert (message, bool(marked)) == (turn["reply"]["id"], True), words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("公开的园地", "公园"),
        ("แมลงมาวันนี้", "แมว"),
        ("os and path and join", "os.path.join"),
        ("versions 1, 3 and 2", "1.2.3"),
        ("Motte", "Mötte x"),
        ("monster", "m"),
    ],
)
def test_other_words_are_not_found(ada: Person, writer: Writer, text: str, words: str) -> None:
    ada.converse(ada.open_chat()["id"], writer, "-", text)
    assert search(ada, words) == []


def test_a_hit_deep_in_a_long_text_is_in_the_excerpt(ada: Person, writer: Writer) -> None:
    answer = "Ächz, 今天 und weiter. " * 3_000 + "Dort sitzt ein Käuzchen im Baum. " + "weiter " * 500
    ada.converse(ada.open_chat()["id"], writer, "-", answer)
    [hit] = ada.call("GET", "/search", params={"q": "kauz baum"}).json()["items"]
    assert [piece["text"] for piece in hit["excerpt"] if piece["hit"]] == ["Käuzchen", "Baum"]
    assert len("".join(piece["text"] for piece in hit["excerpt"])) <= 200


def test_newer_texts_that_only_look_alike_do_not_hide_an_older_hit(ada: Person, writer: Writer) -> None:
    found = ada.converse(ada.open_chat()["id"], writer, "-", "os.path.join")["reply"]["id"]
    for _ in range(35):
        ada.converse(ada.open_chat()["id"], writer, "-", "join the path of os")
    assert search(ada, "os.path.join") == [(found, "os.path.join")]


def test_chats_are_found_by_their_names_in_every_form(ada: Person) -> None:
    chat = ada.open_chat("Jose\u0301 \u4eca\u5929\u5929\u6c14")
    for words in ("josé", "JOSE", "jos", "天气"):
        [hit] = ada.call("GET", "/search", params={"q": words}).json()["items"]
        assert hit["chat"]["id"] == chat["id"]


def test_eight_words_count(ada: Person, writer: Writer) -> None:
    turn = ada.converse(ada.open_chat()["id"], writer, "one two three four five six seven eight nine", "-")
    words = "one two three four five six seven eight"
    assert search(ada, f"{words} moon sun") == [(turn["message"]["id"], words)]
    assert search(ada, f"moon {words}") == []


def test_a_text_of_as_many_different_words_as_possible_can_be_stored(ada: Person, writer: Writer) -> None:
    answer = "".join(chr(0x20000 + 7919 * number % 40_000) for number in range(100_000))
    turn = ada.converse(ada.open_chat()["id"], writer, "-", answer)
    assert search(ada, answer[:2]) == [(turn["reply"]["id"], answer[:2])]


def test_a_user_has_one_search_at_a_time(ada: Person, bob: Person, writer: Writer, database: Database) -> None:
    ada.converse(ada.open_chat()["id"], writer, "moon", "-")
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7275540, hashtext(%s))", (ada.id,))
        response = ada.call("GET", "/search", params={"q": "moon"})
        assert (response.status_code, response.json()["type"]) == (429, "/problems/search-running")
        assert response.headers["Retry-After"] == "1"
        assert bob.call("GET", "/search", params={"q": "moon"}).status_code == 200
    assert len(search(ada, "moon")) == 1


def test_a_search_reads_nothing_of_other_users_words(ada: Person, writer: Writer, database: Database) -> None:
    with database.connect("parley_owner") as cursor:
        for _ in range(3):
            cursor.execute("INSERT INTO users DEFAULT VALUES RETURNING id")
            (user,) = cursor.fetchone() or ()
            cursor.execute("INSERT INTO chats (user_id) VALUES (%s) RETURNING id", (user,))
            (chat,) = cursor.fetchone() or ()
            cursor.execute(
                "INSERT INTO messages (user_id, chat_id, role, content) SELECT %s, %s, 'user',"
                " (SELECT string_agg('mo' || substr(md5((i * n)::text), 1, 9), ' ') FROM generate_series(1, 100) n)"
                " FROM generate_series(1, 100) i",
                (user, chat),
            )
    ada.converse(ada.open_chat()["id"], writer, "moon", "-")
    with database.connect("parley_owner") as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT id FROM messages"
            " WHERE search_words(user_id, spoken_text(role, content)) @@ search_query(%s, 'mo')",
            (ada.id,),
        )
        ((plan,),) = cursor.fetchall()
    scan = plan[0]["Plan"]["Plans"][0]
    assert scan["Index Name"] == "messages_search_idx"
    assert scan["Shared Hit Blocks"] + scan["Shared Read Blocks"] < 12
