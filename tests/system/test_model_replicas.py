"""Several model servers behind one name share the chats, and a reply outlives the server that writes it."""

from collections.abc import Iterator

import pytest

from tests.support.drivers.chat_ui import Visitor, visiting
from tests.support.running.compose import ComposeStack, docker, eventually
from tests.system.test_replicas import WHOLE, ask_long, text_of

SLOWLY = "0.05"
"""CPUs: with more, the demo model writes two hundred numbers in a tenth of a second."""


@pytest.fixture(scope="module", autouse=True)
def two_model_servers(stack: ComposeStack) -> Iterator[None]:
    stack.up("--no-deps", "--no-recreate", "--scale", "lm-api=2", "lm-api")
    eventually(lambda: addresses_of_lm_api(stack) == 2, "chat-ui finds two addresses")
    yield
    stack.up("--no-deps", "--no-recreate", "--scale", "lm-api=1", "lm-api")


def test_both_answer_and_the_other_one_resumes_a_killed_servers_reply(stack: ComposeStack) -> None:
    with visiting(stack.url) as visitor:
        first = chat_of_each(stack, visitor)
        own, chat = next(iter(first.items()))
        address = address_of(own)
        docker("update", "--cpus", SLOWLY, own)
        sent = ask_long(visitor, chat)
        docker("kill", own)
        docker("update", "--cpus", "2", own)
        assert visitor.watch(sent, seconds=90)
        assert text_of(visitor, sent) == WHOLE
        docker("start", own)
        eventually(lambda: ask(visitor, chat), "its chat is answered again")
        if address_of(own) == address:  # with another address, it counts as another server
            eventually(lambda: ask(visitor, chat) and written(own), "its chat returned to it")


def chat_of_each(stack: ComposeStack, visitor: Visitor) -> dict[str, str]:
    """One chat per server that answers it."""
    chats: dict[str, str] = {}

    def found() -> bool:
        before = {server: written(server) for server in stack.containers("lm-api")}
        chat = visitor.open_chat(None)
        ask(visitor, chat)
        chats.update({server: chat for server, count in before.items() if written(server) > count})
        return len(chats) == 2

    eventually(found, "both servers answer")
    return chats


def addresses_of_lm_api(stack: ComposeStack) -> int:
    look_up = "import socket; print(len({found[4] for found in socket.getaddrinfo('lm-api', 80)}))"
    (chat_ui, *_) = stack.containers("chat-ui")
    return int(docker("exec", chat_ui, "python", "-c", look_up))


def address_of(server: str) -> str:
    return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", server)


def ask(visitor: Visitor, chat: str) -> bool:
    return visitor.ask_and_wait(chat, "Hello").attributes["data-status"] == "complete"


def written(server: str) -> float:
    """Tokens since the server started; 0 while it does not answer."""
    look = 'curl -s -H "Authorization: Bearer $(cat /run/secrets/lm_api_key)" http://localhost:8080/metrics || true'
    lines = docker("exec", server, "sh", "-c", look).splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("llamacpp:tokens_predicted_total ")), 0.0)
