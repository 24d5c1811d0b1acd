"""No prompt is read twice. The judge is llama.cpp itself: how many tokens of each prompt it had already."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support.drivers.chat_ui import Sent, World, world_before
from tests.support.running.model_server import ModelServer, running_model_server
from tests.support.running.waiting import wait_until

REPLY_TOKENS = 40
LONG = "The capital of France is Paris, and the capital of Italy is Rome. " * 60
"""About half of the demo model's context of 2,048 tokens."""

QUESTIONS = ("And of Spain?", "Count to 200", "Say the word apple.", "What is the capital of Norway?", "Why?")


@dataclass
class Read:
    """How many tokens of a prompt the server had, and how many it read."""

    cached: int
    anew: int

    @property
    def share(self) -> float:
        return self.cached / (self.cached + self.anew)


class Reader:
    """A person, and what the model read for each of their replies."""

    def __init__(self, world: World) -> None:
        self.db = world.db
        self.visitor = world.visitor()

    def old_chat(self, subject: str) -> str:
        """A chat that this model server has never seen."""
        chat = self.visitor.open_chat(None)
        chat_id = chat.removeprefix("/chats/")
        question = self.db.add(chat_id, "user", f"{subject}: {LONG}", None, "complete")
        self.db.add(chat_id, "assistant", "Yes, they are.", question["id"], "complete")
        return chat

    def ask(self, chat: str, content: str) -> Read:
        return self.read_for(self.visitor.ask(chat, content))

    def read_for(self, sent: Sent) -> Read:
        self.visitor.watch(sent)
        reply = self.db.messages[sent.reply_id]
        assert reply["status"] == "complete", reply
        return Read(reply["timings"]["cache_n"], reply["timings"]["prompt_n"])

    def act(self, address: str, **form: str) -> None:
        self.visitor.http.post(address, data=form).raise_for_status()

    def warm(self, chat: str, content: str = "") -> None:
        assert self.visitor.http.post(f"{chat}/warm", data={"content": content}).status_code == 204

    def messages(self, chat: str, role: str) -> list[str]:
        """Their ids, on the current path."""
        path = self.db.with_path(chat.removeprefix("/chats/"))["path"]
        return [message["id"] for message in path if message["role"] == role]


@pytest.fixture(scope="module")
def world(model_server: ModelServer) -> Iterator[World]:
    with world_before(model_server, max_reply_tokens=REPLY_TOKENS) as world:
        yield world


@pytest.fixture
def reader(world: World) -> Reader:
    return Reader(world)


def test_an_old_chat_is_read_when_it_is_opened(reader: Reader) -> None:
    cold, warm = reader.old_chat("Cold"), reader.old_chat("Opened")
    reader.warm(warm)
    assert reader.ask(warm, "And of Spain?").anew < 20
    assert reader.ask(cold, "And of Spain?").anew > 900


def test_a_draft_is_read_while_it_is_typed(reader: Reader) -> None:
    chat, draft = reader.old_chat("Typed"), "What is the capital of Norway, " * 20
    reader.warm(chat)
    reader.warm(chat, draft + "and of Swe")
    assert reader.ask(chat, draft + "and of Sweden?").anew < 20


def test_nothing_new_costs_the_model_nothing(reader: Reader, model_server: ModelServer) -> None:
    chat = reader.old_chat("Nothing new")
    reader.warm(chat, "And of Spain")
    steps = decoding_steps(model_server)
    reader.warm(chat, "And of Spa")
    reader.warm(chat)
    assert decoding_steps(model_server) == steps


ENOUGH_TOKENS = 300
"""The server looks for a chat's slot only where a tenth of the prompt agrees."""


@pytest.fixture(scope="module")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    """It reads the long chat for some seconds."""
    settings = {"LM_BATCH": "4", "LM_THREADS_BATCH": "24"}
    with running_model_server(tmp_path_factory.mktemp("slow-model-server"), **settings) as server:
        yield server


@pytest.fixture
def slow_reader(slow_server: ModelServer) -> Iterator[Reader]:
    with world_before(slow_server, max_reply_tokens=5) as world:
        yield Reader(world)


def test_a_message_sent_while_its_chat_is_read_goes_on_from_there(
    slow_reader: Reader, slow_server: ModelServer
) -> None:
    """The reply waits until the slot is free: in another one everything would be read from the beginning."""
    chat = slow_reader.old_chat("Sent soon")
    with ThreadPoolExecutor() as windows:
        reading = windows.submit(slow_reader.warm, chat)
        wait_until(lambda: tokens_read(slow_server) > ENOUGH_TOKENS, 60)
        read = slow_reader.ask(chat, "And of Spain?")
        reading.result()
    assert read.cached > 100


def test_a_message_sent_after_stop_goes_on_from_what_was_read(slow_reader: Reader, slow_server: ModelServer) -> None:
    chat = slow_reader.old_chat("Stopped soon")
    sent = slow_reader.visitor.ask(chat, "And of Spain?")
    wait_until(lambda: tokens_read(slow_server) > ENOUGH_TOKENS, 60)
    slow_reader.act(f"{sent.address}/stop")
    wait_until(lambda: slow_reader.db.messages[sent.reply_id]["status"] == "stopped", 60)
    assert slow_reader.ask(chat, "And of Italy?").cached > 100


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_people_do_nearly_all_of_a_prompt_is_cached(seed: int, reader: Reader) -> None:
    """A long random walk over everything that a page offers; after a chat's first reply, 95 % of each prompt."""
    chance = random.Random(seed)
    chats = [reader.old_chat(f"Walk {seed} {number}") for number in range(2)]
    for chat in chats:
        reader.ask(chat, "And of Spain?")
    for _ in range(30):
        step = chance.choice([asked, asked, asked, edited, stopped_and_continued, again, other_branch, looked_after])
        read = step(reader, chance.choice(chats), chance)
        assert read is None or read.share >= 0.95, (step, read)


def asked(reader: Reader, chat: str, chance: random.Random) -> Read:
    question = chance.choice(QUESTIONS)
    if chance.random() < 0.5:
        reader.warm(chat, question[: chance.randrange(len(question))])
    return reader.ask(chat, question)


def edited(reader: Reader, chat: str, chance: random.Random) -> Read:
    """Another message in place of one after the first."""
    message = chance.choice(reader.messages(chat, "user")[1:])
    form = {"content": chance.choice(QUESTIONS), "client_token": str(random_uuid(chance))}
    reader.act(f"{chat}/messages/{message}/edit", **form)
    return reader.read_for(newest(reader, chat))


def stopped_and_continued(reader: Reader, chat: str, chance: random.Random) -> Read:
    """A reply that was stopped anywhere, even within a word."""
    sent = newest(reader, chat)
    reply = reader.db.messages[sent.reply_id]
    reply |= {"content": reply["content"][: chance.randrange(1, 20)], "status": "stopped"}
    reader.act(f"{sent.address}/continue")
    return reader.read_for(sent)


def again(reader: Reader, chat: str, chance: random.Random) -> Read:
    reader.act(f"{newest(reader, chat).address}/regenerate")
    return reader.read_for(newest(reader, chat))


def other_branch(reader: Reader, chat: str, chance: random.Random) -> None:
    path = reader.db.with_path(chat.removeprefix("/chats/"))["path"]
    reader.act(f"{chat}/branch", message_id=chance.choice(chance.choice(path)["siblings"]))


def looked_after(reader: Reader, chat: str, chance: random.Random) -> None:
    """What must not touch the prompt."""
    reader.act(f"{chat}/title", title=f"Title {chance.random()}")
    reader.act(f"{chat}/pin", pinned="true")
    reader.visitor.page(chat)
    reader.warm(chat)


def test_a_chat_that_outgrows_the_memory_is_cut_rarely_and_by_much(reader: Reader) -> None:
    chat = reader.visitor.open_chat(None)
    turns = [reader.ask(chat, f"Number {number}. {LONG[:400]}") for number in range(40)]
    cuts = [read for read in turns[5:] if read.share < 0.5]
    assert 1 <= len(cuts) <= 6
    assert all(read.anew < 1100 for read in cuts)


def newest(reader: Reader, chat: str) -> Sent:
    return Sent(chat, reader.messages(chat, "assistant")[-1])


def decoding_steps(server: ModelServer) -> str:
    with server.client() as client:
        return next(line for line in client.get("/metrics").text.splitlines() if line.startswith("llamacpp:n_decode"))


def tokens_read(server: ModelServer) -> int:
    """Of the prompt that the server works on now."""
    with server.client() as client:
        slots = client.get("/slots").raise_for_status().json()
    return max((slot["n_prompt_tokens_processed"] for slot in slots if slot["is_processing"]), default=0)


def random_uuid(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"
