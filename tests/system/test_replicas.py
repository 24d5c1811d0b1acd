"""Several replicas of chat-ui behind nginx: a reply outlives the replica that writes it, without another service."""

import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.support.drivers.chat_ui import Sent, Visitor, visiting
from tests.support.running.compose import ComposeStack, docker, eventually

LONG = "Count to 200"
WHOLE = ", ".join(str(number) for number in range(1, 201))


@pytest.fixture(scope="module", autouse=True)
def three_replicas(stack: ComposeStack) -> Iterator[None]:
    stack.up("--no-deps", "--no-recreate", "--scale", "chat-ui=3", "chat-ui")
    yield
    stack.up("--no-deps", "--no-recreate", "--scale", "chat-ui=1", "chat-ui")


@pytest.fixture(autouse=True)
def slow_model(stack: ComposeStack) -> Iterator[None]:
    """Limit the CPU: otherwise the demo model writes two hundred numbers in a tenth of a second."""
    (lm_api,) = stack.containers("lm-api")
    docker("update", "--cpus", "0.05", lm_api)
    yield
    docker("update", "--cpus", "2", lm_api)


def test_another_replica_completes_the_reply_of_a_killed_one(stack: ComposeStack) -> None:
    with visiting(stack.url) as visitor:
        sent = ask_long(visitor)
        writer = writer_of(stack, sent)
        docker("kill", writer)
        assert visitor.watch(sent, seconds=90)
        assert text_of(visitor, sent) == WHOLE
        others = [container for container in stack.containers("chat-ui") if container != writer]
        assert any(f"reply {sent.reply_id} resumes here" in docker_log(container) for container in others)
        docker("start", writer)


def test_a_rolling_restart_under_load_loses_no_reply(stack: ComposeStack) -> None:
    restarted = threading.Event()

    def converse() -> list[str]:
        """Open one chat after the other until all replicas have restarted; an error page fails the test."""
        texts = []
        with visiting(stack.url) as visitor:
            while not restarted.is_set():
                sent = visitor.ask(visitor.open_chat(None), LONG)
                visitor.watch(sent, seconds=90)  # reconnects where a restart closed the stream
                texts.append(text_of(visitor, sent))
        return texts

    with ThreadPoolExecutor() as pool:
        people = [pool.submit(converse) for _ in range(3)]
        try:
            for container in stack.containers("chat-ui"):
                docker("restart", container)
                eventually(partial(is_healthy, container), "healthy again", 60)
        finally:
            restarted.set()
        texts = [text for person in people for text in person.result()]
    assert len(texts) >= 3
    assert set(texts) == {WHOLE}


def ask_long(visitor: Visitor, chat: str | None = None) -> Sent:
    """Ask for a long reply, in a new chat or this one, and return once it has started."""
    sent = visitor.ask(chat or visitor.open_chat(None), LONG)
    with visitor.http.stream("GET", f"{sent.address}/events") as response:
        assert any("<p>1, 2" in line for line in response.iter_lines())
    return sent


def text_of(visitor: Visitor, sent: Sent) -> str:
    text = visitor.last_reply(sent.chat).css_first(".text")
    assert text
    return text.text().strip()


def writer_of(stack: ComposeStack, sent: Sent) -> str:
    """The replica that received the message; nginx sends it every request of that chat."""
    asked = f"POST {sent.chat}/messages"
    return next(container for container in stack.containers("chat-ui") if asked in docker_log(container))


def is_healthy(container: str) -> bool:
    return docker("inspect", "--format", "{{.State.Health.Status}}", container).strip() == "healthy"


def docker_log(container: str) -> str:
    done = subprocess.run(["docker", "logs", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return done.stdout.decode()
