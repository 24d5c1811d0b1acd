from concurrent.futures import ThreadPoolExecutor

from db_api.schemas.chats import ChatWithPath

from tests.support.drivers.chatting import Person, Writer, texts


def test_a_message_opens_its_reply(ada: Person, writer: Writer) -> None:
    chat = ada.open_chat("Ada")
    response = ada.post(chat["id"], writer, "How far is the moon?", title="The moon")
    assert response.status_code == 201
    stored = response.json()
    message, reply = stored["message"], stored["reply"]
    assert (message["role"], message["content"], message["status"]) == ("user", "How far is the moon?", "complete")
    assert (reply["role"], reply["content"], reply["status"]) == ("assistant", "", "queued")
    assert (message["parent_id"], reply["parent_id"]) == (None, message["id"])
    assert stored["chat"]["path"] == [message, reply]
    assert stored["chat"]["title"] == "The moon"
    read = ada.read_chat(chat["id"])
    assert ChatWithPath.model_validate(read) == ChatWithPath.model_validate(stored["chat"])


def test_a_title_is_used_only_for_a_chat_without_one(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    ada.converse(chat_id, writer, "one", "1", title="First")
    assert ada.ask(chat_id, writer, "two", title="Second")["chat"]["title"] == "First"


def test_the_next_message_follows_the_last_reply(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    first = ada.converse(chat_id, writer, "one", "1")
    second = ada.ask(chat_id, writer, "two")
    assert second["message"]["parent_id"] == first["reply"]["id"]
    assert texts(second["chat"]) == ["one", "1", "two", ""]


def test_a_repeated_client_token_is_answered_with_the_same_message(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    first = ada.ask(chat_id, writer, client_token="once")
    again = ada.post(chat_id, writer, client_token="once")
    assert again.status_code == 200
    assert again.json() == first
    writer.end(first["reply"]["id"], "Hi")
    assert ada.post(chat_id, writer, client_token="once").json()["reply"]["content"] == "Hi"


def test_a_double_submit_at_the_same_time_is_stored_once(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda _: ada.post(chat_id, writer, client_token="once"), range(8)))
    assert sorted(response.status_code for response in responses) == [200] * 7 + [201]
    assert len({response.json()["reply"]["id"] for response in responses}) == 1
    assert len(ada.read_chat(chat_id)["path"]) == 2


def test_while_a_reply_runs_another_message_is_refused(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    running = ada.ask(chat_id, writer)["reply"]["id"]
    refused = ada.post(chat_id, writer)
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/reply-running"
    assert refused.json()["reply_id"] == running


def test_of_many_messages_at_once_one_is_accepted(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda _: ada.post(chat_id, writer), range(8)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 7


def test_an_edited_message_starts_a_branch_next_to_the_original(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    ada.converse(chat_id, writer, "one", "1")
    two = ada.converse(chat_id, writer, "two", "2")
    edited = ada.ask(chat_id, writer, "two, better", parent_id=two["message"]["parent_id"])
    assert texts(edited["chat"]) == ["one", "1", "two, better", ""]
    assert edited["message"]["siblings"] == [two["message"]["id"], edited["message"]["id"]]


def test_a_parent_must_be_a_reply_of_the_same_chat(ada: Person, writer: Writer) -> None:
    elsewhere = ada.converse(ada.open_chat()["id"], writer, "one", "1")
    chat_id = ada.open_chat()["id"]
    here = ada.converse(chat_id, writer, "one", "1")
    for parent in (elsewhere["reply"]["id"], here["message"]["id"]):
        assert ada.post(chat_id, writer, parent_id=parent).json()["type"] == "/problems/message-not-found"


def test_another_reply_is_a_sibling_of_the_first(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    turn = ada.converse(chat_id, writer, "one", "1")
    response = ada.regenerate(turn["message"]["id"], writer)
    assert response.status_code == 201
    opened = response.json()
    assert opened["reply"]["siblings"] == [turn["reply"]["id"], opened["reply"]["id"]]
    assert [message["id"] for message in opened["chat"]["path"]] == [turn["message"]["id"], opened["reply"]["id"]]
    assert opened["chat"]["current_message_id"] == opened["reply"]["id"]
    assert ada.regenerate(turn["message"]["id"], writer).json()["type"] == "/problems/reply-running"
    assert ada.regenerate(turn["reply"]["id"], writer).json()["type"] == "/problems/message-not-found"


def test_a_reply_cannot_be_opened_without_a_writer(ada: Person) -> None:
    chat_id = ada.open_chat()["id"]
    response = ada.call("POST", f"/chats/{chat_id}/messages", json={"content": "Hello", "client_token": "1"})
    assert response.status_code == 422
    assert "X-Lease-ID" in response.json()["detail"]


def test_a_message_is_added_at_the_end_of_the_branch_that_its_writer_saw(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    first = ada.converse(chat_id, writer, "one", "1")
    ada.converse(chat_id, writer, "two", "2")
    later = ada.converse(chat_id, writer, "three", "3", follows=first["reply"]["id"])
    assert texts(ada.read_chat(chat_id)) == ["one", "1", "two", "2", "three", "3"]
    another = ada.converse(chat_id, writer, "ONE", "I", parent_id=None)
    assert texts(another["chat"])[:-1] == ["ONE"]
    ada.converse(chat_id, writer, "four", "4", follows=first["message"]["id"])
    assert texts(ada.read_chat(chat_id)) == ["one", "1", "two", "2", "three", "3", "four", "4"]
    assert later["message"]["id"] in [message["id"] for message in ada.read_chat(chat_id)["path"]]


def test_a_message_that_follows_an_unknown_one_is_refused(ada: Person, writer: Writer) -> None:
    chat_id, other = ada.open_chat()["id"], ada.open_chat()["id"]
    elsewhere = ada.converse(other, writer, "one", "1")["reply"]["id"]
    for unknown in (elsewhere, "00000000-0000-0000-0000-000000000000"):
        assert ada.post(chat_id, writer, follows=unknown).status_code == 404
    assert ada.read_chat(chat_id)["path"] == []


def test_a_branch_is_read_through_a_message_without_choosing_it(ada: Person, writer: Writer) -> None:
    chat_id = ada.open_chat()["id"]
    first = ada.converse(chat_id, writer, "one", "1")["message"]["id"]
    ada.converse(chat_id, writer, "more", "2")
    ada.converse(chat_id, writer, "ONE", "I", parent_id=None)
    for address in (f"/chats/{chat_id}", f"/chats/{chat_id}/page"):
        read = ada.call("GET", address, params={"through": first}).json()
        assert texts(read.get("chat", read)) == ["one", "1", "more", "2"]
        assert ada.call("GET", address, params={"through": chat_id}).status_code == 404
    assert texts(ada.read_chat(chat_id)) == ["ONE", "I"]
