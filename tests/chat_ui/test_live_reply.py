from uuid import uuid4

from chat_ui.services.live_reply import LiveReply
from chat_ui.services.reply_reader import TICK_SECONDS
from chat_ui.services.reply_state import ReplyState


def test_the_more_must_be_rendered_again_the_less_often_it_is() -> None:
    state = ReplyState(uuid4(), uuid4())
    live = LiveReply(state)
    state.write(0, "```python\n")
    rests = []
    for _ in range(300):
        state.write(len(state.text), "value = compute(name='x')  # step\n")
        live.update()
        rests.append(live.rest)
    assert rests[0] == TICK_SECONDS
    assert rests == sorted(rests)
    assert rests[-1] > 10 * TICK_SECONDS
    state.write(len(state.text), "```\n\nDone.\n\nReally.")
    live.update()
    assert live.rest == TICK_SECONDS  # the block is finished and stays as it is
