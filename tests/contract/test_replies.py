"""db-api as chat-ui uses it: messages, and the life of a reply."""

import uuid

import pytest
from chat_ui.clients.database.replies import ATTEMPTS_USED_UP
from chat_ui.errors import InvalidText, LeaseLost, MessageNotFound, ReplyEnded, ReplyRunning
from chat_ui.models.chats import Role, Status
from chat_ui.models.replies import Chunk, OpenedReply, Outcome

from tests.contract.conftest import Expire
from tests.support.drivers.clients import ANSWER, Clients, Run

MOST_ATTEMPTS = 10


def test_a_message_opens_its_reply(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        opened = await clients.ask(await clients.guest(), "Hello")
        assert opened.created
        assert opened.message is not None
        assert (opened.message.role, opened.message.content) == (Role.USER, "Hello")
        assert (opened.reply.status, opened.reply.content) == (Status.QUEUED, "")
        assert [message.id for message in opened.chat.path] == [opened.message.id, opened.reply.id]
        assert opened.chat.title == "Hello"

    run(case)


def test_the_same_client_token_is_the_same_message(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, token = await clients.guest(), uuid.uuid4()
        chat = await clients.chats.open(session.token, None)
        first, again = [
            await clients.chats.add_message(session.token, clients.lease, chat.id, "Hi", token, title="Hi")
            for _ in "ab"
        ]
        assert (first.created, again.created) == (True, False)
        assert first.reply.id == again.reply.id

    run(case)


def test_a_chat_has_one_running_reply(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session)
        with pytest.raises(ReplyRunning) as caught:
            await clients.chats.add_message(
                session.token, clients.lease, opened.chat.id, "More", uuid.uuid4(), title="More"
            )
        assert caught.value.reply_id == opened.reply.id

    run(case)


def test_chunks_form_the_text_and_the_end_stores_it(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, ANSWER[:10])
        await clients.write(reply.id, 10, ANSWER[10:])
        text = await clients.replies.read(session.token, reply.id, after=6)
        assert (text.status, text.position, text.text) == (Status.GENERATING, 6, ANSWER[6:])
        outcome = Outcome(
            status=Status.COMPLETE, finish_reason="stop", model="demo", prompt_tokens=3, completion_tokens=7
        )
        await clients.replies.end(clients.lease, reply.id, ANSWER, outcome)
        stored = (await clients.chats.get(session.token, reply.chat_id)).path[-1]
        assert (stored.status, stored.content, stored.completion_tokens) == (Status.COMPLETE, ANSWER, 7)

    run(case)


def test_a_write_replaces_what_was_stored_from_its_position_on(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, "Paris is the capi")
        await clients.write(reply.id, 12, " capital")
        await clients.write(reply.id, 12, " capital")
        assert (await clients.replies.read(session.token, reply.id)).text == "Paris is the capital"

    run(case)


def test_a_write_beyond_the_end_is_refused_with_the_length(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        reply = (await clients.ask(await clients.guest())).reply
        await clients.write(reply.id, 0, "Paris")
        refused = await clients.replies.append(clients.lease, [Chunk(reply.id, Status.GENERATING, 9, "x")])
        assert [(gap.reply_id, gap.length) for gap in refused.gaps] == [(reply.id, 5)]

    run(case)


def test_another_writer_is_refused(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        reply = (await clients.ask(await clients.guest())).reply
        stranger = uuid.uuid4()
        assert (await clients.replies.append(stranger, [Chunk(reply.id, Status.GENERATING, 0, "x")])).lost == {reply.id}
        with pytest.raises(LeaseLost):
            await clients.replies.end(stranger, reply.id, "x", Outcome(status=Status.COMPLETE))

    run(case)


def test_a_stopped_reply_keeps_its_text_and_refuses_its_writer(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, "Paris is")
        await clients.replies.stop(session.token, reply.id)
        stored = await clients.replies.read(session.token, reply.id)
        assert (stored.status, stored.text) == (Status.STOPPED, "Paris is")
        refused = await clients.replies.append(clients.lease, [Chunk(reply.id, Status.GENERATING, 8, " big")])
        assert refused.lost == {reply.id}

    run(case)


def test_a_stopped_reply_can_be_continued_from_its_text(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        await clients.write(reply.id, 0, "Paris is")
        await clients.replies.stop(session.token, reply.id)
        reopened = await clients.replies.reopen(session.token, clients.lease, reply.id)
        assert (reopened.reply.status, reopened.reply.content) == (Status.QUEUED, "Paris is")
        await clients.write(reply.id, 5, " was")
        assert (await clients.replies.read(session.token, reply.id)).text == "Paris was"

    run(case)


def test_a_running_reply_cannot_be_continued(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply
        with pytest.raises((ReplyEnded, ReplyRunning)):
            await clients.replies.reopen(session.token, clients.lease, reply.id)

    run(case)


def test_released_replies_are_claimed_with_their_text_and_path(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        opened = await clients.ask(session)
        await clients.write(opened.reply.id, 0, "Paris is")
        await clients.replies.release(clients.lease)
        heir = uuid.uuid4()
        claimed = {claim.reply.id: claim for claim in await clients.replies.claim(heir, limit=100)}
        claim = claimed[opened.reply.id]
        assert (claim.reply.content, claim.user_id) == ("Paris is", session.user.id)
        assert [message.id for message in claim.chat.path] == [message.id for message in opened.chat.path]
        assert (await clients.replies.append(clients.lease, [Chunk(claim.reply.id, Status.GENERATING, 8, "")])).lost
        assert not (await clients.replies.append(heir, [Chunk(claim.reply.id, Status.GENERATING, 8, "")])).lost

    run(case)


def test_regenerate_and_edit_make_branches_that_can_be_chosen(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        first = await clients.ask(session)
        assert first.message is not None
        await clients.replies.end(clients.lease, first.reply.id, ANSWER, Outcome(status=Status.COMPLETE))
        second = await clients.replies.open_another(session.token, clients.lease, first.message.id)
        assert second.reply.siblings == (first.reply.id, second.reply.id)
        await clients.replies.end(clients.lease, second.reply.id, "No.", Outcome(status=Status.COMPLETE))
        edited = await clients.chats.add_message(
            session.token, clients.lease, first.chat.id, "Hi", uuid.uuid4(), title="Hi", parent_id=None
        )
        assert [message.content for message in edited.chat.path] == ["Hi", ""]
        await clients.chats.choose_branch(session.token, first.chat.id, first.reply.id)
        assert (await clients.chats.get(session.token, first.chat.id)).path[-1].id == first.reply.id

    run(case)


def test_a_nul_character_is_refused_with_a_message(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        with pytest.raises(InvalidText):
            await clients.ask(await clients.guest(), "a\0b")

    run(case)


def test_a_reply_whose_writers_vanish_again_and_again_fails(run: Run[None], expire: Expire) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        reply = (await clients.ask(session)).reply

        async def claimed_from_vanished_writer() -> bool:
            expire(reply.id)
            return reply.id in [claim.reply.id for claim in await clients.replies.claim(clients.lease, limit=100)]

        for _ in range(3):
            assert await claimed_from_vanished_writer()
        await clients.write(reply.id, 0, "Paris")  # begins the count anew
        for _ in range(MOST_ATTEMPTS):
            assert await claimed_from_vanished_writer()
        assert not await claimed_from_vanished_writer()
        failed = (await clients.chats.get(session.token, reply.chat_id)).path[-1]
        assert (failed.status, failed.content) == (Status.FAILED, "Paris")
        assert failed.error == ATTEMPTS_USED_UP
        assert not await claimed_from_vanished_writer()
        await clients.replies.reopen(session.token, clients.lease, reply.id)
        assert await claimed_from_vanished_writer()

    run(case)


def test_a_released_reply_may_be_claimed_as_often_as_needed(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        reply = (await clients.ask(await clients.guest())).reply
        for _ in range(2 * MOST_ATTEMPTS):
            await clients.replies.release(clients.lease)
            claimed = await clients.replies.claim(clients.lease, limit=100)
            assert reply.id in [claim.reply.id for claim in claimed]

    run(case)


def test_another_reply_is_opened_once_for_one_token(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session, token = await clients.guest(), uuid.uuid4()
        opened = await clients.ask(session)
        assert opened.message is not None
        await clients.replies.end(clients.lease, opened.reply.id, ANSWER, Outcome(status=Status.COMPLETE))
        first, again = [
            await clients.replies.open_another(session.token, clients.lease, opened.message.id, token) for _ in "ab"
        ]
        assert (first.created, again.created) == (True, False)
        assert first.reply.id == again.reply.id != opened.reply.id

    run(case)


def test_a_message_follows_the_branch_that_its_writer_saw(run: Run[None]) -> None:
    async def case(clients: Clients) -> None:
        session = await clients.guest()
        first = await clients.ask(session)
        chat_id = first.chat.id

        async def add(content: str, **based_on: uuid.UUID | None) -> OpenedReply:
            last = (await clients.chats.get(session.token, chat_id)).path[-1]
            await clients.replies.end(clients.lease, last.id, ANSWER, Outcome(status=Status.COMPLETE))
            return await clients.chats.add_message(
                session.token, clients.lease, chat_id, content, uuid.uuid4(), title=content, **based_on
            )

        second = await add("two", follows=first.reply.id)
        another = await add("ONE", parent_id=None)
        assert [message.content for message in another.chat.path[::2]] == ["ONE"]
        through = await clients.chats.get(session.token, chat_id, through=first.reply.id)
        assert through.last_id == second.reply.id
        assert (await clients.chats.page(session.token, chat_id, through=first.reply.id)).chat == through
        assert (await clients.chats.get(session.token, chat_id)).last_id == another.reply.id
        third = await add("three", follows=first.reply.id)
        assert [message.content for message in third.chat.path[::2]] == ["Hello", "two", "three"]
        with pytest.raises(MessageNotFound):
            await add("four", follows=uuid.uuid4())
        with pytest.raises(MessageNotFound):
            await clients.chats.get(session.token, chat_id, through=uuid.uuid4())

    run(case)
