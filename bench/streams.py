"""The cost of streaming: chat-ui alone on one core, a fake model server and everything else on the other."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bench.bench import Bench
from bench.budgets import Row
from bench.client import Visitor
from bench.cores import two_sides
from bench.many_streams import Reader, page_stream, percentile, raw_stream
from bench.system import System

STEPS = (10, 16, 50, 100, 150, 200, 250, 300)
SETTLE_SECONDS = 2


@dataclass(frozen=True)
class Step:
    streams: int
    p99: float
    raw_p99: float
    """Seconds."""
    load: float
    """Share of its core that chat-ui uses."""
    cost: float
    """Milliseconds of processor time per 1,000 tokens."""


def measure(bench: Bench) -> Iterator[Row]:
    fast = run(bench, pace=50, steps=STEPS[:3] if bench.quick else STEPS)
    details = {"steps": [asdict(step) for step in fast]}
    yield Row("cpu", next(step.cost for step in fast if step.streams == 16), details=details)
    carried = [step for step in fast if step.p99 <= 2 * fast[0].p99]
    last = carried[-1]
    note = f"p99 {1000 * fast[0].p99:.0f} ms at {fast[0].streams}, {1000 * last.p99:.0f} ms at {last.streams}"
    yield Row("streams", last.streams, note=note, details=details)
    [slow] = run(bench, pace=20, steps=(50 if bench.quick else 300,))
    ratio = slow.p99 / slow.raw_p99
    yield Row("many-streams", ratio, 1000 * slow.p99, 1000 * slow.raw_p99, "ms", details=asdict(slow))


def run(bench: Bench, *, pace: int, steps: tuple[int, ...]) -> list[Step]:
    """Measure a growing number of streams, each at this many tokens per second."""
    with two_sides() as (app, others):
        cores = {"chat-ui": app} | dict.fromkeys(("db", "db-api", "lm-api", "nginx"), others)
        settings = {"FAKE_PACE": str(pace), "MAX_REPLY_TOKENS": "1000000"}
        with bench.system(f"streams-{pace}", settings, cores=cores, fake=True) as system:
            return asyncio.run(_steps(bench, system, pace, steps))


async def _steps(bench: Bench, system: System, pace: int, steps: tuple[int, ...]) -> list[Step]:
    pages, raw, done = Reader(), Reader(), []
    seconds = bench.times(10, quick=3)
    for count in steps:
        url, more = system.chat_ui_url, count - len(pages.streams)
        await pages.open([page_stream(url, Visitor(url)) for _ in range(more)])
        await asyncio.sleep(SETTLE_SECONDS)
        before = system.processor_seconds("chat-ui")
        gaps = await pages.gaps(seconds)
        used = system.processor_seconds("chat-ui") - before
        step = Step(count, percentile(gaps, 0.99), 0, used / seconds, 1e6 * used / (count * pace * seconds))
        done.append(step)
        bench.say(f"{count} streams at {pace}/s: p99 gap {1000 * step.p99:.0f} ms, {step.cost:.0f} ms per 1,000 tokens")
        if done[-1].p99 > 4 * done[0].p99:
            break
    pages.close()
    system.chat_ui.kill()  # it would keep writing
    await asyncio.sleep(SETTLE_SECONDS)
    await raw.open([raw_stream(system.parts.lm_api_url) for _ in range(done[-1].streams)])
    await asyncio.sleep(SETTLE_SECONDS)
    raw_p99 = percentile(await raw.gaps(seconds), 0.99)
    raw.close()
    return [Step(step.streams, step.p99, raw_p99, step.load, step.cost) for step in done]
