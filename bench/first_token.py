"""How long a person waits for the first word, and how much of that is Parley's share.

The same question goes to the model server directly and through nginx and chat-ui, in turns. Both prompts are new from
the question on, so the server has the same amount to read.
"""

from collections.abc import Iterator
from statistics import median

from bench.bench import Bench
from bench.budgets import Row
from bench.client import Visitor


def measure(bench: Bench) -> Iterator[Row]:
    visitor = Visitor(bench.real.url)
    ours, raw = [], []
    for number in range(bench.times(30, quick=6)):
        text = bench.raw.text_of(24, salt=f"a{number}")
        raw.append(bench.raw.time([{"role": "user", "content": text}], max_tokens=8).first)
        text = bench.raw.text_of(24, salt=f"b{number}")
        ours.append(visitor.time(visitor.open_chat(), text).first)
    more = 1000 * (median(ours) - median(raw))
    details = {"ours": ours, "raw": raw}
    yield Row("first-token", more, 1000 * median(ours), 1000 * median(raw), "ms", details=details)
