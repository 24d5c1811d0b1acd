"""Decode speed: replies of the same length from the model server and through the page, in turns."""

from collections.abc import Iterator
from statistics import median

from bench.bench import REPLY_TOKENS, Bench
from bench.budgets import Row
from bench.client import Timing, Visitor


def measure(bench: Bench) -> Iterator[Row]:
    visitor = Visitor(bench.real.url)
    ours, raw = [], []
    for number in range(bench.times(12, quick=3)):
        text = bench.raw.text_of(24, salt=f"c{number}")
        raw.append(_speed(bench.raw.time([{"role": "user", "content": text}], max_tokens=REPLY_TOKENS)))
        text = bench.raw.text_of(24, salt=f"d{number}")
        ours.append(_speed(visitor.time(visitor.open_chat(), text)))
    share = 100 * median(ours) / median(raw)
    yield Row("decode", share, median(ours), median(raw), "tokens/s", details={"ours": ours, "raw": raw})


def _speed(timing: Timing) -> float:
    """Tokens per second from the first word to the end; for the page, that is the stored and shown message."""
    return (REPLY_TOKENS - 1) / (timing.end - timing.first)
