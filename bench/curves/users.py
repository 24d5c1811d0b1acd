"""Tokens per second and waiting time over the number of people who ask at once."""

import threading
import time
from collections.abc import Iterator
from statistics import median

from bench.bench import REPLY_TOKENS, Bench
from bench.client import Timing, Visitor
from bench.curves.curve import Curve

USERS = (1, 2, 4, 8, 16, 32)


def curves(bench: Bench) -> Iterator[Curve]:
    speeds, waits = [], []
    for users in USERS[:4] if bench.quick else USERS:
        seconds, firsts = _ask(bench, users)
        speeds.append((users, users * REPLY_TOKENS / seconds))
        waits.append((users, median(firsts)))
        bench.say(f"{users} users: {speeds[-1][1]:.1f} tokens/s together, first token after {waits[-1][1]:.2f} s")
    label = "people who ask at once"
    yield Curve("users-speed", "Speed over users", label, "tokens per second", {"all together": speeds})
    yield Curve("users-waiting", "Waiting over users", label, "seconds to the first token", {"median": waits})


def _ask(bench: Bench, users: int) -> tuple[float, list[float]]:
    """Return the seconds until all are answered, and to each first token."""
    visitors = [Visitor(bench.real.url) for _ in range(users)]
    chats = [visitor.open_chat() for visitor in visitors]
    timings: list[Timing] = []

    def ask(visitor: Visitor, chat_id: str) -> None:
        timings.append(visitor.time(chat_id, "What do you know about the sea?"))

    asking = [threading.Thread(target=ask, args=one) for one in zip(visitors, chats, strict=True)]
    begin = time.perf_counter()
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return time.perf_counter() - begin, [timing.first for timing in timings]
