"""Which part of a long chat a page shows."""

from datetime import UTC, datetime
from uuid import uuid4

from chat_ui.models.chats import Message, Role, Status
from chat_ui.services.chats.path_window import MOST_CHARS, MOST_MESSAGES, window_of
from hypothesis import given
from hypothesis import strategies as st

from tests.support.drivers.chat_ui import HTMX, FakeWorld, Visitor


def path_of(lengths: list[int]) -> list[Message]:
    chat_id, now = uuid4(), datetime.now(UTC)
    return [
        Message(
            id=uuid4(),
            chat_id=chat_id,
            parent_id=None,
            role=Role.USER,
            content="x" * length,
            status=Status.COMPLETE,
            created_at=now,
        )
        for length in lengths
    ]


LENGTHS = st.lists(st.sampled_from([1, 1000, MOST_CHARS // 3, MOST_CHARS * 2]), max_size=250)


@given(LENGTHS, st.data())
def test_every_message_can_be_reached_and_no_page_is_too_long(lengths: list[int], data: st.DataObject) -> None:
    path = path_of(lengths)
    seen, window = [], window_of(path)
    assert window.later is None
    seen = list(window.messages)
    while window.earlier:
        window = window_of(path, before=window.earlier)
        assert 1 <= len(window.messages) <= MOST_MESSAGES
        assert len(window.messages) <= 2 or sum(len(m.content) for m in window.messages) <= MOST_CHARS
        seen = [*window.messages, *seen]
    assert [m.id for m in seen] == [m.id for m in path]
    if path:
        sought = data.draw(st.sampled_from(path))
        window = window_of(path, around=sought.id)
        assert sought in window.messages
        assert len(window.messages) <= MOST_MESSAGES


def fill(world: FakeWorld, chat: str, count: int, text: str = "text") -> list[str]:
    chat_id, parent, ids = chat.rpartition("/")[2], None, []
    for number in range(count):
        role = "assistant" if number % 2 else "user"
        parent = world.db.add(chat_id, role, f"{text} {number}", parent, "complete")["id"]
        ids.append(parent)
    return ids


def test_a_chat_of_a_thousand_long_messages_is_a_page_of_bounded_size(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    ids = fill(world, chat, 1000, "word " * 4000)
    html = visitor.http.get(chat).text
    assert len(html) < 3 * MOST_CHARS
    assert f"message-{ids[-1]}" in html
    assert f"message-{ids[0]}" not in html


def test_earlier_messages_are_read_page_by_page_with_and_without_scripts(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    ids = fill(world, chat, 250)
    page = visitor.page(chat)
    assert len(page.css("article.message")) == MOST_MESSAGES
    earlier = page.css_first("a.earlier").attributes["href"].partition("#")[0]
    fragment = visitor.http.get(earlier, headers=HTMX).text
    assert "<html" not in fragment
    assert fragment.count("<article") == MOST_MESSAGES
    before = visitor.page(earlier)
    assert [article.id for article in before.css("article.message")][-1] == f"message-{ids[149]}"
    later = before.css("a.earlier")[-1].attributes["href"].partition("#")[0]
    assert visitor.page(later).css_matches(f"#message-{ids[150]}")
    first = visitor.page(before.css("a.earlier")[0].attributes["href"].partition("#")[0])
    assert first.css("article.message")[0].id == f"message-{ids[0]}"


def test_a_hit_deep_inside_opens_at_its_message(world: FakeWorld, visitor: Visitor) -> None:
    chat = visitor.open_chat()
    ids = fill(world, chat, 400)
    response = visitor.http.get(f"{chat}/messages/{ids[20]}")
    assert response.url.fragment == f"message-{ids[20]}"
    page = visitor.page(str(response.url))
    assert page.css_matches(f"#message-{ids[20]}")
    assert page.css_first("input[name=gap]").attributes["value"] == "true"
    assert page.css_first("input[name=follows]").attributes["value"] == ids[-1]
