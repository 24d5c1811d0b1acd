"""Whether a long chat stays fast: each turn reads its prompt only from the newest question on."""

from collections.abc import Iterator
from statistics import median

from bench.bench import REPLY_TOKENS, Bench
from bench.budgets import Row
from bench.client import Visitor

QUESTION_TOKENS = 36
"""With a reply of 64 and the template: 3,100 tokens at turn 30."""


def measure(bench: Bench) -> Iterator[Row]:
    turns = bench.times(30, quick=6)
    ours, raw = _page_path(bench, turns), _raw_path(bench, turns)
    yield Row("turn-30", _growth(ours), _growth(ours), _growth(raw), "×", details={"ours": ours, "raw": raw})


def _growth(firsts: list[float]) -> float:
    """Compare the medians of the last three turns and of turns 2 to 4, because single turns scatter."""
    return median(firsts[-3:]) / median(firsts[1:4])


def _page_path(bench: Bench, turns: int) -> list[float]:
    visitor = Visitor(bench.real.url)
    chat_id = visitor.open_chat()
    questions = (bench.raw.text_of(QUESTION_TOKENS, salt=f"e{turn}") for turn in range(turns))
    return [visitor.time(chat_id, question).first for question in questions]


def _raw_path(bench: Bench, turns: int) -> list[float]:
    messages: list[dict[str, str]] = []
    firsts = []
    for turn in range(turns):
        messages.append({"role": "user", "content": bench.raw.text_of(QUESTION_TOKENS, salt=f"f{turn}")})
        timing = bench.raw.time(messages, REPLY_TOKENS)
        messages.append({"role": "assistant", "content": timing.text})
        firsts.append(timing.first)
    return firsts
