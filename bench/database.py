"""Whether a full database slows down a person with few chats: the same page from a full and an empty one."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import psycopg2

from bench.bench import Bench
from bench.budgets import Row
from bench.page_load import FAST_SHORT_REPLIES, load, make_reader
from bench.system import System

FILL = Path(__file__).with_name("fill.sql")
WORDS_INDEX = "SELECT pg_get_indexdef('messages_words_idx'::regclass)"


def measure(bench: Bench) -> Iterator[Row]:
    count = bench.times(5_000_000, quick=50_000)
    with (
        bench.system("empty", FAST_SHORT_REPLIES, fake=True) as empty,
        bench.system("full", FAST_SHORT_REPLIES, fake=True) as full,
    ):
        bench.say(f"Filling a database with {count:,} messages.")
        fill(full, count)
        opened = open_by_turns([full, empty], bench.times(20, quick=5))
    ours, raw = opened
    yield Row("million", ours / raw, 1000 * ours, 1000 * raw, "ms", note=f"{count:,} messages; raw is the empty one")


def open_by_turns(systems: list[System], rounds: int) -> list[float]:
    """Return the median seconds in which each system's page opens, measured in turns."""
    readers = [make_reader(system.url) for system in systems]
    times: list[list[float]] = [[] for _ in systems]
    for _ in range(rounds):
        for system, reader, mine in zip(systems, readers, times, strict=True):
            mine += asyncio.run(load(system.url, [reader], 0.3))
    return [median(mine) for mine in times]


def fill(system: System, count: int) -> None:
    password = (system.folder / "secrets" / "db" / "postgres_password").read_text().strip()
    port = system.parts.services.db_port
    url = f"host=127.0.0.1 port={port} dbname=parley user=postgres password={password}"
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(WORDS_INDEX)
        (index,) = cursor.fetchone() or ("",)
        cursor.execute(FILL.read_text().replace("{count}", str(count)))
        cursor.execute(index)
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")
