import asyncio
from uuid import uuid4

from chat_ui.models.chats import Status
from chat_ui.models.replies import Outcome
from chat_ui.services.replies.html_updates import HtmlUpdates
from chat_ui.services.replies.state import ReplyState
from chat_ui.services.replies.watcher import ticks
from chat_ui.ticks import TICK_SECONDS


def test_a_prompt_that_is_read_at_once_counts_though_readers_wait_for_the_first_word() -> None:
    state = ReplyState(uuid4(), uuid4())
    state.reading(100, 100)
    assert (state.total, state.version) == (100, 0)
    state.reading(100, 200)
    assert (state.total, state.version) == (200, 1)


def test_the_more_must_be_rendered_again_the_less_often_it_is() -> None:
    state = ReplyState(uuid4(), uuid4())
    live = HtmlUpdates(state)
    state.write(0, "```python\n")
    rests = []
    for _ in range(600):
        state.write(len(state.text), "value = compute(name='x')  # step\n")
        live.update()
        rests.append(live.rest)
    assert rests[0] == TICK_SECONDS
    assert rests == sorted(rests)
    assert rests[-1] > 10 * TICK_SECONDS
    state.write(len(state.text), "```\n\nDone.\n\nReally.")
    live.update()
    assert live.rest == TICK_SECONDS  # the block is finished and stays as it is


def test_a_reader_is_told_of_an_end_that_came_while_it_was_busy() -> None:
    async def read() -> list[bool]:
        state = ReplyState(uuid4(), uuid4())
        state.write(0, "One")
        told = []
        async for changed in ticks(state):
            told.append(changed)
            if len(told) == 1:
                state.end(Outcome(status=Status.COMPLETE))
        return told

    assert asyncio.run(read()) == [True, True]
