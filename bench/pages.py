"""How many chat pages per second nginx, chat-ui, db-api and Postgres serve together on one core."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

from bench.bench import Bench
from bench.budgets import Row
from bench.cores import two_sides
from bench.many_streams import percentile
from bench.page_load import FAST_SHORT_REPLIES, load, make_readers

READERS = 32
SERVICES = ("db", "db-api", "chat-ui", "nginx")


def measure(bench: Bench) -> Iterator[Row]:
    with two_sides() as (app, others), ExitStack() as ending:
        cores = dict.fromkeys(SERVICES, app) | {"lm-api": others}
        system = ending.enter_context(bench.system("pages", FAST_SHORT_REPLIES, cores=cores, fake=True))
        readers = make_readers(system.url, READERS)
        asyncio.run(load(system.url, readers, 2))  # warm
        seconds = bench.times(15, quick=4)
        before = {name: system.processor_seconds(name) for name in SERVICES if name in system.started}
        times = asyncio.run(load(system.url, readers, seconds))
        used = {name: system.processor_seconds(name) - before[name] for name in before}
    per_page = {name: 1000 * used[name] / len(times) for name in used}
    note = ", ".join(f"{name} {cost:.1f} ms" for name, cost in per_page.items())
    yield Row("pages", len(times) / seconds, note=note, details=per_page)
    yield Row("pages-p99", 1000 * percentile(times, 0.99))
