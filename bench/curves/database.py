"""Pages and search over the size of the database, for a person with few chats."""

import asyncio
from collections.abc import Iterator
from statistics import median

from bench.bench import Bench
from bench.curves.curve import Curve
from bench.database import fill
from bench.page_load import FAST_SHORT_REPLIES, Reader, load, make_reader

SIZES = (1_000, 10_000, 100_000, 1_000_000)
"""Messages."""
ROUNDS = 10
WORD = "word17"
"""A word of thousands of other people's messages, and of none of this person's."""


def curves(bench: Bench) -> Iterator[Curve]:
    opening, finding = [], []
    for size in SIZES[:3] if bench.quick else SIZES:
        with bench.system(f"filled-{size}", FAST_SHORT_REPLIES, fake=True) as system:
            fill(system, size)
            chat = make_reader(system.url)
            own, others = (Reader(f"/search?q={word}", chat.cookie) for word in ("cache", WORD))
            times: list[list[float]] = [[], [], []]
            for _ in range(bench.times(ROUNDS, quick=3)):
                for reader, mine in zip((chat, own, others), times, strict=True):
                    mine += asyncio.run(load(system.url, [reader], 0.3))
        page, *searches = (1000 * median(mine) for mine in times)
        opening.append((size, page))
        finding.append([(size, milliseconds) for milliseconds in searches])
        bench.say(f"{size:,} messages: page {page:.1f} ms, searches {searches[0]:.1f} and {searches[1]:.1f} ms")
    own_word, others_word = zip(*finding, strict=True)
    series = {
        "opening a chat": opening,
        "searching a word of one's own": own_word,
        "searching a word of others": others_word,
    }
    yield Curve("database", "Pages over the size of the database", "messages in the database", "milliseconds", series)
