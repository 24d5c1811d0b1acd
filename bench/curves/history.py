"""First token and memory over the length of a chat.

Cold: this model server has never read the chat. Next turn: the history is in its cache.
"""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from bench.bench import Bench
from bench.client import Visitor
from bench.curves.curve import Curve
from bench.warm import old_chat

HISTORIES = (250, 500, 1000, 2000, 4000, 7000)
"""Tokens."""
SERVICES = ("lm-api", "chat-ui", "db-api")


def curves(bench: Bench) -> Iterator[Curve]:
    visitor = Visitor(bench.real.url)
    visitor.open_chat()
    histories = HISTORIES[:3] if bench.quick else HISTORIES
    cold, warm, memory = [], [], defaultdict[str, list[tuple[float, float]]](list)
    for tokens in histories:
        firsts: list[tuple[float, float]] = []
        for number in range(bench.times(3, quick=1)):
            chat_id = old_chat(bench, visitor, tokens, f"h{number}")
            first = visitor.time(chat_id, "What are they waiting for?").first
            firsts.append((first, median(visitor.time(chat_id, f"And {more}?").first for more in ("then", "now"))))
        cold.append((tokens, median(first for first, _ in firsts)))
        warm.append((tokens, median(second for _, second in firsts)))
        for name in SERVICES:
            memory[name].append((tokens, bench.real.memory(name)))
        bench.say(f"{tokens} tokens: cold {cold[-1][1]:.2f} s, next turn {warm[-1][1]:.2f} s")
    tokens_label = "tokens of history"
    series = {"never read": cold, "next turn of a chat that goes on": warm}
    yield Curve("first-token", "First token over history", tokens_label, "seconds", series)
    yield Curve("memory", "Memory after chats of this length", tokens_label, "MiB", dict(memory))
