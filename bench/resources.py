"""Idle memory, and the time from starting a process until it is ready."""

import time
from collections.abc import Iterator
from statistics import median

from bench.bench import Bench
from bench.budgets import Row
from bench.client import Visitor
from bench.system import System

SERVICES = ("nginx", "chat-ui", "db-api")
IDLE_SECONDS = 3


def measure(bench: Bench) -> Iterator[Row]:
    with bench.system("resources", {"MAX_REPLY_TOKENS": "16"}, fake=True) as system:
        _use_once(system)
        memory = {name: system.memory(name) for name in SERVICES if name in system.started}
        note = ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
        yield Row("memory", sum(memory.values()), note=note, details=memory)
        starts = [_start(system) for _ in range(bench.times(5, quick=2))]
        yield Row("start", median(starts), details={"starts": starts})


def _use_once(system: System) -> None:
    """Make the services load what they load at their first request, then let them become idle."""
    visitor = Visitor(system.url)
    chat_id = visitor.open_chat()
    visitor.time(chat_id, "Hello")
    visitor.get(f"/chats/{chat_id}")
    time.sleep(IDLE_SECONDS)


def _start(system: System) -> float:
    """Start both apps at once, as compose does; chat-ui is ready when db-api is."""
    parts = [system.started["db-api"], system.started["chat-ui"]]
    for part in parts:
        part.kill()
    begin = time.perf_counter()
    parts[0].start(wait=False)
    parts[1].start()
    return time.perf_counter() - begin
