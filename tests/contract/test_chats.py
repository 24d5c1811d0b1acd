"""db-api as chat-ui uses it: chats, their list and the search."""

import uuid

import pytest
from chat_ui.errors import ChatChanged, ChatNotFound, InvalidText, SessionUnknown
from chat_ui.models.chats import Status
from chat_ui.models.replies import Chunk, Outcome

from tests.support.drivers.clients import Clients, Run


def test_a_name_returns_its_chat(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        first = await clients.chats.open(session.token, "Anna")
        assert (await clients.chats.open(session.token, "anna")).id == first.id
        composed = await clients.chats.open(session.token, "Jos\u00e9")
        assert (await clients.chats.open(session.token, "Jose\u0301")).id == composed.id
        assert (await clients.chats.open(session.token, None)).id != first.id
        assert first.label == "Anna"

    run(case)


def test_chats_are_listed_newest_first(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        older = await clients.chats.open(session.token, "older")
        newer = await clients.chats.open(session.token, "newer")
        assert [chat.id for chat in (await clients.chats.list(session.token)).items] == [newer.id, older.id]
        await clients.chats.add_message(session.token, clients.lease, older.id, "Hi", uuid.uuid4(), title="Hi")
        assert (await clients.chats.list(session.token)).items[0].title == "Hi"

    run(case)


def test_a_chat_is_renamed_pinned_and_archived(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chats = [await clients.chats.open(session.token, None) for _ in range(3)]
        await clients.chats.change(session.token, chats[0].id, title="Mine", pinned=True)
        await clients.chats.change(session.token, chats[1].id, archived=True)
        listed = (await clients.chats.list(session.token)).items
        assert [(chat.id, chat.pinned) for chat in listed] == [(chats[0].id, True), (chats[2].id, False)]
        assert listed[0].title == "Mine"
        archive = (await clients.chats.list(session.token, archived=True)).items
        assert [chat.id for chat in archive] == [chats[1].id]

    run(case)


def test_the_list_continues_from_its_cursor(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chats = [(await clients.chats.open(session.token, None)).id for _ in range(3)]
        first = await clients.chats.list(session.token, limit=2)
        second = await clients.chats.list(session.token, limit=2, before=first.next)
        assert [chat.id for chat in (*first.items, *second.items)] == chats[::-1]
        assert second.next is None
        with pytest.raises(InvalidText):
            await clients.chats.list(session.token, before="nonsense")

    run(case)


def test_a_page_is_the_chat_and_the_start_of_the_list(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        await clients.presets.create(session.token, "Clerk", {"temperature": 0.5})
        empty = await clients.chats.open(session.token, None)
        opened = await clients.ask(session)
        for chat_id, presets in ((empty.id, ["Clerk"]), (opened.chat.id, [])):
            page = await clients.chats.page(session.token, chat_id)
            assert page.chat == await clients.chats.get(session.token, chat_id)
            assert page.chats == await clients.chats.list(session.token)
            assert [preset.name for preset in page.presets or ()] == presets
        with pytest.raises(ChatNotFound):
            await clients.chats.page(session.token, uuid.uuid4())
        with pytest.raises(SessionUnknown):
            await clients.chats.page("unknown", empty.id)

    run(case)


def test_a_deleted_chat_is_restored_with_its_name(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chat = await clients.chats.open(session.token, "Anna")
        await clients.chats.delete(session.token, chat.id)
        with pytest.raises(ChatNotFound):
            await clients.chats.get(session.token, chat.id)
        assert (await clients.chats.list(session.token)).items == ()
        await clients.chats.restore(session.token, chat.id)
        assert (await clients.chats.get(session.token, chat.id)).name == "Anna"
        with pytest.raises(ChatNotFound):
            await clients.chats.restore((await clients.guest()).token, chat.id)

    run(case)


def test_a_deleted_chats_reply_stops(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session)
        await clients.chats.delete(session.token, opened.chat.id)
        refused = await clients.replies.append(clients.lease, [Chunk(opened.reply.id, Status.GENERATING, 0, "x")])
        assert refused.lost == {opened.reply.id}
        await clients.chats.restore(session.token, opened.chat.id)
        assert (await clients.chats.get(session.token, opened.chat.id)).path[-1].status is Status.STOPPED

    run(case)


def test_titles_and_texts_are_searched(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, stranger = await clients.guest(), await clients.guest()
        opened = await clients.ask(session, "How far is the moon?")
        assert opened.message is not None
        title, text = await clients.chats.search(session.token, "moo FAR")
        assert (title.message_id, text.message_id) == (None, opened.message.id)
        assert {piece.text for piece in text.excerpt if piece.hit} == {"far", "moon"}
        assert "far is the moon" in "".join(piece.text for piece in text.excerpt)
        assert await clients.chats.search(session.token, "sun") == ()
        assert await clients.chats.search(stranger.token, "moon") == ()

    run(case)


def test_reasoning_is_not_searched(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session, "How far?")
        text = '<think>\nOf the moon?\n</think seconds="4.2">\n\nFar.'
        await clients.replies.end(clients.lease, opened.reply.id, text, Outcome(status=Status.COMPLETE))
        assert await clients.chats.search(session.token, "moon") == ()
        _title, reply, _question = await clients.chats.search(session.token, "far")
        assert reply.message_id == opened.reply.id
        assert "think" not in "".join(piece.text for piece in reply.excerpt)

    run(case)


def test_the_same_token_creates_one_chat(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, token = await clients.guest(), uuid.uuid4()
        first, again = [await clients.chats.create(session.token, "Moon", token) for _ in "ab"]
        assert (first.id, first.title) == (again.id, "Moon")

    run(case)


def test_a_change_applies_only_to_the_version_that_was_read(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        chat = await clients.chats.create(session.token, None, uuid.uuid4())
        changed = await clients.chats.change(session.token, chat.id, if_version=chat.version, title="Moon")
        assert changed.title == "Moon"
        with pytest.raises(ChatChanged):
            await clients.chats.change(session.token, chat.id, if_version=chat.version, title="Mars")
        with pytest.raises(ChatChanged):
            await clients.chats.delete(session.token, chat.id, if_version=chat.version)
        await clients.chats.delete(session.token, chat.id, if_version=changed.version)
        with pytest.raises(ChatNotFound):
            await clients.chats.get(session.token, chat.id)

    run(case)


def test_a_suggested_title_replaces_a_provisional_one_only(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = (await clients.guest()).token
        chat = await clients.chats.open(session, None)
        assert not chat.title_is_provisional
        assert (await clients.chats.suggest_title(session, chat.id, "Too early")).title is None
        await clients.chats.add_message(session, clients.lease, chat.id, "Hi there", uuid.uuid4(), title="Hi there")
        assert (await clients.chats.get(session, chat.id)).title_is_provisional
        assert (await clients.chats.suggest_title(session, chat.id, "Greetings")).title == "Greetings"
        assert (await clients.chats.suggest_title(session, chat.id, "Another")).title == "Greetings"

        await clients.chats.change(session, chat.id, title="Hi there")  # the same words, but chosen by a person
        assert not (await clients.chats.get(session, chat.id)).title_is_provisional
        assert (await clients.chats.suggest_title(session, chat.id, "Greetings")).title == "Hi there"

    run(case)


def test_a_deletion_may_be_repeated(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, other = await clients.guest(), await clients.guest()
        chat = await clients.chats.open(session.token, None)
        for _ in "ab":
            await clients.chats.delete(session.token, chat.id, repeated=True)
        for token, repeated in ((session.token, False), (other.token, True)):
            with pytest.raises(ChatNotFound):
                await clients.chats.delete(token, chat.id, repeated=repeated)

    run(case)
