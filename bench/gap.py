"""How long other replies pause while one person's long prompt is read.

The raw figure is llama.cpp's server with its default batch of 2,048 tokens, alone on the machine.
"""

import threading
from collections.abc import Callable, Iterator

from bench.bench import Bench
from bench.budgets import Row
from bench.client import RawModel, Timing, Visitor

LONG_TOKENS = 2000
RAW_BATCH = "2048"


def measure(bench: Bench) -> Iterator[Row]:
    streaming, asking = Visitor(bench.real.url), Visitor(bench.real.url)
    chat_id, other_id = streaming.open_chat(), asking.open_chat()
    long_text = bench.raw.text_of(bench.times(LONG_TOKENS, quick=500), salt="g")
    # Several replies in a row, because one is shorter than the reading of the long prompt.
    ours = _longest_gap(
        stream=lambda: streaming.time(chat_id, "And then?"),
        disturb=lambda: asking.time(other_id, long_text),
    )
    raw = _raw_gap(bench, long_text)
    yield Row("gap", ours, ours, raw, "s")


def _raw_gap(bench: Bench, long_text: str) -> float:
    bench.close()  # one model server at a time
    settings = {"MODEL": str(bench.model), "LM_CONTEXT": "8192", "LM_BATCH": RAW_BATCH}
    with bench.system("raw-batch", settings) as system:
        model = RawModel(system.parts.lm_api_url, system.lm_api_key())
        return _longest_gap(
            stream=lambda: model.time([{"role": "user", "content": "And then?"}], 64),
            disturb=lambda: model.time([{"role": "user", "content": long_text}], 8),
        )


def _longest_gap(stream: Callable[[], Timing], disturb: Callable[[], Timing]) -> float:
    disturbing = threading.Thread(target=disturb)
    stream()  # warm
    gaps: list[float] = []
    starter = threading.Timer(0.3, disturbing.start)
    starter.start()
    while starter.is_alive() or disturbing.is_alive() or not gaps:
        timing = stream()
        gaps.append(timing.longest_gap)
    return max(gaps)
