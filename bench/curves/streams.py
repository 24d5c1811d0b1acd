"""chat-ui's share of its core over the number of streams at 50 tokens/s, as far as one core carries them."""

from collections.abc import Iterator

from bench import streams
from bench.bench import Bench
from bench.curves.curve import Curve


def curves(bench: Bench) -> Iterator[Curve]:
    steps = streams.run(bench, pace=50, steps=streams.STEPS[:3] if bench.quick else streams.STEPS)
    load = [(step.streams, 100 * step.load) for step in steps]
    gap = [(step.streams, 1000 * step.p99) for step in steps]
    label = "streams at 50 tokens/s"
    yield Curve("streams-load", "chat-ui's time over streams", label, "per cent of one core", {"chat-ui": load})
    yield Curve("streams-gap", "Longest gaps over streams", label, "milliseconds", {"99th percentile": gap})
