from tests.support.drivers.chat_ui import FakeWorld
from tests.support.drivers.program import make_key
from tests.support.fixtures.examples import run_examples


def test_the_examples_of_the_api_work_as_printed(world: FakeWorld) -> None:
    printed = run_examples("docs/api.md", PARLEY=world.url, KEY=make_key(world))
    for shown in (
        '"response":"The answer is **forty-two**."',
        'data: {"token": "The',
        '"title":"Greetings"',
        "/problems/conversation-changed",
        '"object":"chat.completion"',
        "data: [DONE]",
        '"object":"response"',
        "/problems/key-reused",
        "/problems/conversation-not-found",
    ):
        assert shown in printed, shown
