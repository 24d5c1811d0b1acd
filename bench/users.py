"""Sixteen people ask at once: all are answered in order and see their place in the queue."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.bench import REPLY_TOKENS, Bench
from bench.budgets import Row
from bench.client import Visitor

USERS = 16
QUESTION = "What do you know about the sea?"


@dataclass
class Experience:
    asked: float = 0
    place: float = 0
    """When the page first showed something."""
    first: float = 0
    end: float = 0


def measure(bench: Bench) -> Iterator[Row]:
    visitors = [Visitor(bench.real.url) for _ in range(USERS)]
    chats = [visitor.open_chat() for visitor in visitors]
    experiences = [Experience() for _ in visitors]
    begin = time.perf_counter()
    following = []
    for visitor, chat_id, experience in zip(visitors, chats, experiences, strict=True):
        experience.asked = time.perf_counter() - begin
        reply_id = visitor.ask(chat_id, QUESTION)  # in quick succession, so that there is an order
        following.append(threading.Thread(target=_follow, args=(visitor, chat_id, reply_id, experience, begin)))
        following[-1].start()
    _join(following)
    seconds = time.perf_counter() - begin
    raw_seconds = _raw(bench)
    answered = sum(1 for experience in experiences if experience.end)
    yield Row("users", answered, seconds, raw_seconds, "s", details={"experiences": [vars(e) for e in experiences]})
    yield Row("users-place", max(experience.place - experience.asked for experience in experiences))
    yield Row("users-order", _in_order(experiences))


def _follow(visitor: Visitor, chat_id: str, reply_id: str, experience: Experience, begin: float) -> None:
    for event in visitor.follow(chat_id, reply_id):
        now = time.perf_counter() - begin
        experience.place = experience.place or now
        if b"<p>" in event:
            experience.first = experience.first or now
    experience.end = time.perf_counter() - begin


def _in_order(experiences: list[Experience], slots: int = 4) -> float:
    """Return the percentage whose places among the asking and the answered differ by less than the slots."""
    asked = sorted(experiences, key=lambda experience: experience.asked)
    answered = sorted(experiences, key=lambda experience: experience.first)
    near = [abs(asked.index(one) - answered.index(one)) < slots for one in experiences]
    return 100 * sum(near) / len(near)


def _raw(bench: Bench) -> float:
    question = [{"role": "user", "content": QUESTION}]
    begin = time.perf_counter()
    asking = [threading.Thread(target=bench.raw.time, args=(question, REPLY_TOKENS)) for _ in range(USERS)]
    for thread in asking:
        thread.start()
    _join(asking)
    return time.perf_counter() - begin


def _join(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join()
