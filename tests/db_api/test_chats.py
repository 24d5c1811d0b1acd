import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.drivers.chatting import Person, Writer, texts
from tests.support.running.database import Database
from tests.support.running.db_api import running_db_api
from tests.support.running.waiting import wait_until


def test_a_new_chat_is_empty(ada: Person) -> None:
    response = ada.call("POST", "/chats", json={"name": "Ada"})
    assert response.status_code == 201
    chat = response.json()
    assert (chat["name"], chat["title"], chat["path"], chat["current_message_id"]) == ("Ada", None, [], None)
    assert ada.read_chat(chat["id"]) == chat


def test_the_same_name_returns_the_same_chat(ada: Person) -> None:
    first = ada.call("POST", "/chats", json={"name": "Ada"})
    again = ada.call("POST", "/chats", json={"name": "Ada"})
    assert again.status_code == 200
    assert again.json() == first.json()


def test_opening_a_name_many_times_at_once_creates_one_chat(ada: Person) -> None:
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda _: ada.call("POST", "/chats", json={"name": "Ada"}), range(8)))
    assert sorted(response.status_code for response in responses) == [200] * 7 + [201]
    assert len({response.json()["id"] for response in responses}) == 1


def test_chats_without_a_name_are_all_new(ada: Person) -> None:
    assert ada.open_chat()["id"] != ada.open_chat()["id"]


def test_two_people_may_use_the_same_name(ada: Person, bob: Person) -> None:
    assert ada.open_chat("Same")["id"] != bob.open_chat("Same")["id"]


def test_only_the_fields_that_are_sent_change(ada: Person) -> None:
    chat = ada.open_chat("Ada")
    settings = {"system_prompt": "Be brief.", "temperature": 0.5, "max_tokens": 99, "model": "demo"}
    changed = ada.call("PATCH", f"/chats/{chat['id']}", json={"title": "Numbers", "settings": settings}).json()
    assert changed == chat | {"title": "Numbers", "settings": settings, "version": changed["version"]}
    pinned = ada.call("PATCH", f"/chats/{chat['id']}", json={"pinned": True}).json()
    assert pinned == changed | {"pinned": True, "version": pinned["version"]}
    assert ada.call("PATCH", f"/chats/{chat['id']}", json={"title": None}).json()["title"] is None


def test_a_deleted_chat_is_gone_with_its_messages(ada: Person, writer: Writer) -> None:
    chat = ada.open_chat("Ada")
    reply = ada.ask(chat["id"], writer)["reply"]
    assert writer.write(reply["id"], 0, "Hel")["lost"] == []
    assert ada.call("DELETE", f"/chats/{chat['id']}").status_code == 204
    assert ada.call("GET", f"/chats/{chat['id']}").json()["type"] == "/problems/chat-not-found"
    assert ada.call("DELETE", f"/chats/{chat['id']}").status_code == 404
    assert writer.write(reply["id"], 3, "lo")["lost"] == [reply["id"]]
    assert ada.open_chat("Ada")["path"] == []


def test_chats_are_listed_by_their_last_message(ada: Person, writer: Writer) -> None:
    first, second = ada.open_chat(), ada.open_chat()
    assert [chat["id"] for chat in ada.call("GET", "/chats").json()["items"]] == [second["id"], first["id"]]
    ada.ask(first["id"], writer)
    items = ada.call("GET", "/chats").json()["items"]
    assert [chat["id"] for chat in items] == [first["id"], second["id"]]
    assert "path" not in items[0]


def test_a_list_is_read_page_by_page(ada: Person) -> None:
    chats = [ada.open_chat()["id"] for _ in range(5)]
    pages, cursor = [], None
    for _ in range(3):
        page = ada.call("GET", "/chats", params={"limit": 2} | ({"before": cursor} if cursor else {})).json()
        pages.append([chat["id"] for chat in page["items"]])
        cursor = page["next"]
    assert pages == [[chats[4], chats[3]], [chats[2], chats[1]], [chats[0]]]
    assert cursor is None


def test_a_list_that_fits_has_no_next_page(ada: Person) -> None:
    ada.open_chat()
    assert ada.call("GET", "/chats", params={"limit": 1}).json()["next"] is None


def test_the_chosen_branch_is_shown_to_its_newest_leaf(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    one = ada.converse(chat_id, writer, "one", "1")
    ada.converse(chat_id, writer, "two", "2")
    other = ada.converse(chat_id, writer, "other", "0", parent_id=None)
    assert texts(ada.read_chat(chat_id)) == ["other", "0"]
    assert other["message"]["siblings"] == [one["message"]["id"], other["message"]["id"]]

    change = {"current_message_id": one["message"]["id"]}
    chosen = ada.call("PATCH", f"/chats/{chat_id}", json=change).json()
    assert texts(chosen) == ["one", "1", "two", "2"]
    assert texts(ada.read_chat(chat_id)) == ["one", "1", "two", "2"]


def test_a_branch_of_another_chat_cannot_be_chosen(ada: Person, writer: Writer) -> None:
    elsewhere = ada.ask(ada.open_chat()["id"], writer)["message"]["id"]
    for message_id in (elsewhere, str(uuid.uuid4())):
        response = ada.call("PATCH", f"/chats/{ada.open_chat()['id']}", json={"current_message_id": message_id})
        assert response.json()["type"] == "/problems/message-not-found"


def test_a_deleted_chat_can_be_restored_with_its_name_and_texts(ada: Person, writer: Writer) -> None:
    chat = ada.open_chat("Ada")
    ada.converse(chat["id"], writer, "one", "1")
    ada.call("DELETE", f"/chats/{chat['id']}").raise_for_status()
    assert ada.call("GET", "/chats").json()["items"] == []
    restored = ada.call("POST", f"/chats/{chat['id']}/restore").raise_for_status().json()
    assert (restored["name"], texts(restored)) == ("Ada", ["one", "1"])
    assert ada.open_chat("Ada")["id"] == chat["id"]


def test_a_name_taken_in_the_meantime_stays_with_the_other_chat(ada: Person) -> None:
    first = ada.open_chat("Ada")
    ada.call("DELETE", f"/chats/{first['id']}").raise_for_status()
    second = ada.open_chat("ada")
    restored = ada.call("POST", f"/chats/{first['id']}/restore").raise_for_status().json()
    assert restored["name"] is None
    assert ada.open_chat("Ada")["id"] == second["id"]


def test_a_deleted_chat_is_purged(ada: Person, writer: Writer, database: Database) -> None:
    deleted, kept = ada.open_chat()["id"], ada.open_chat()["id"]
    ada.converse(deleted, writer, "one", "1")
    ada.call("DELETE", f"/chats/{deleted}").raise_for_status()
    with database.connect("parley_owner") as cursor:
        cursor.execute("UPDATE chats SET deleted_at = now() - interval '1 day' WHERE id = %s", (deleted,))
    with database.connect("parley_api") as cursor:
        cursor.execute("SELECT purge_chats('1 hour')")
    with database.connect("parley_owner") as cursor:
        cursor.execute("SELECT count(*) FROM messages WHERE chat_id = %s", (deleted,))
        assert cursor.fetchone() == (0,)
    assert ada.call("POST", f"/chats/{deleted}/restore").json()["type"] == "/problems/chat-not-found"
    assert ada.call("GET", f"/chats/{kept}").status_code == 200


def test_the_service_purges_deleted_chats_itself(ada: Person, database: Database, tmp_path: Path) -> None:
    chat_id = ada.open_chat()["id"]
    ada.call("DELETE", f"/chats/{chat_id}").raise_for_status()

    def is_purged() -> bool:
        if ada.call("POST", f"/chats/{chat_id}/restore").status_code != 200:
            return True
        ada.call("DELETE", f"/chats/{chat_id}").raise_for_status()
        return False

    with running_db_api(database, tmp_path, UNDO_SECONDS="0.05"):
        wait_until(is_purged, 20, poll_seconds=0.2)  # long enough for the service to purge it


def test_pinned_chats_come_first_across_pages(ada: Person) -> None:
    chats = [ada.open_chat()["id"] for _ in range(4)]
    for chat_id in chats[:2]:
        ada.call("PATCH", f"/chats/{chat_id}", json={"pinned": True}).raise_for_status()
    pages, cursor = [], None
    for _ in range(2):
        page = ada.call("GET", "/chats", params={"limit": 2} | ({"before": cursor} if cursor else {})).json()
        pages += [chat["id"] for chat in page["items"]]
        cursor = page["next"]
    assert (pages, cursor) == ([chats[1], chats[0], chats[3], chats[2]], None)


def test_archived_chats_form_a_list_of_their_own(ada: Person) -> None:
    archived, other = ada.open_chat()["id"], ada.open_chat()["id"]
    ada.call("PATCH", f"/chats/{archived}", json={"archived": True}).raise_for_status()
    assert [chat["id"] for chat in ada.call("GET", "/chats").json()["items"]] == [other]
    assert [chat["id"] for chat in ada.call("GET", "/chats?archived=true").json()["items"]] == [archived]


def test_a_chat_can_be_deleted_again(ada: Person, bob: Person) -> None:
    chat_id = ada.open_chat()["id"]
    once_more = {"repeated": True}
    assert [ada.call("DELETE", f"/chats/{chat_id}", params=once_more).status_code for _ in "ab"] == [204, 204]
    assert bob.call("DELETE", f"/chats/{chat_id}", params=once_more).status_code == 404
