"""Ten minutes of load: 300 readers of streams and 50 requests a second, and what is left of it afterwards."""

import asyncio
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import psutil

from bench.bench import Bench
from bench.budgets import Row
from bench.load import Load
from bench.many_streams import percentile
from bench.system import System

READERS = 300
RATE = 50
SECONDS, QUICK_SECONDS, WARM_SECONDS = 600, 60, 20
SETTLE_SECONDS = 100
"""The longest wait for idle connections to end; nginx keeps them for 75 s."""
SETTINGS = {"FAKE_PACE": "20", "MAX_REPLY_TOKENS": "200", "MAX_QUEUED": "1000"}
SERVICES = ("chat-ui", "db-api", "nginx")


@dataclass(frozen=True)
class Footprint:
    """What the services hold while nobody uses them."""

    mebibytes: float
    files: int
    connections: int
    threads: int
    tasks: int

    def leaked(self, before: "Footprint") -> dict[str, int]:
        names = ("files", "connections", "threads", "tasks")
        more = {name: getattr(self, name) - getattr(before, name) for name in names}
        return {name: count for name, count in more.items() if count > 0}


def measure(bench: Bench) -> Iterator[Row]:
    with bench.system("soak", SETTINGS, fake=True, chat_ui="bench.counted_chat_ui") as system:
        seconds = bench.times(SECONDS, quick=QUICK_SECONDS)
        load, before, after = soak(system, READERS, RATE, seconds)
        wrong = load.wrong + tracebacks(system)
    leaked = after.leaked(before)
    details = {"before": asdict(before), "after": asdict(after), "statuses": load.statuses, "wrong": wrong[:20]}
    note = f"p99 {1000 * percentile(sorted(load.seconds), 0.99):.0f} ms, {load.replies} replies, {dict(load.statuses)}"
    yield Row("soak-errors", len(wrong), note=note, details=details)
    note = f"{before.mebibytes:.0f} MiB before, {after.mebibytes:.0f} MiB after"
    yield Row("soak-memory", after.mebibytes / before.mebibytes, after.mebibytes, before.mebibytes, "MiB", note=note)
    yield Row("soak-leaks", sum(leaked.values()), note=str(leaked or "none"))


def soak(system: System, readers: int, rate: float, seconds: float) -> tuple[Load, Footprint, Footprint]:
    """Load the system for a time; return the load, and the footprints before and after it.

    The same load runs for a short time before: its first requests fill pools and caches.
    """
    asyncio.run(Load(system.url).run(readers, rate, min(seconds, WARM_SECONDS)))
    before = settled(system)
    load = Load(system.url)
    asyncio.run(load.run(readers, rate, seconds))
    return load, before, settled(system, before)


def settled(system: System, before: Footprint | None = None) -> Footprint:
    """Wait until idle connections have ended, or until nothing is left over `before`."""
    deadline = time.monotonic() + SETTLE_SECONDS
    last, found = None, footprint(system)
    while time.monotonic() < deadline and (found.leaked(before) if before else found != last):
        time.sleep(5)
        last, found = found, footprint(system)
    return found


def footprint(system: System) -> Footprint:
    processes = [process for name in SERVICES if name in system.started for process in _family(system, name)]
    return Footprint(
        round(sum(system.memory(name) for name in SERVICES if name in system.started), 1),
        sum(process.num_fds() for process in processes),
        sum(len(process.net_connections("tcp")) for process in processes),
        sum(process.num_threads() for process in processes),
        _tasks(system),
    )


def tracebacks(system: System) -> list[str]:
    """Lines of the services' logs that no visitor should be able to cause."""
    lines = [line for name in SERVICES if name in system.started for line in system.started[name].log.splitlines()]
    return [line for line in lines if "Traceback" in line or "[alert]" in line or "[crit]" in line]


def _family(system: System, name: str) -> list[psutil.Process]:
    process = psutil.Process(system.started[name].process.pid)
    return [process, *process.children(recursive=True)]


def _tasks(system: System) -> int:
    part = system.started["chat-ui"]
    said = part.log.count("\ntasks ")
    part.send(signal.SIGUSR1)
    deadline = time.monotonic() + 10
    while part.log.count("\ntasks ") == said:
        if time.monotonic() > deadline:
            raise RuntimeError("chat-ui did not count its tasks.")
        time.sleep(0.05)
    return int(part.log.rpartition("\ntasks ")[2].split()[0])
