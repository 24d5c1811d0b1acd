"""Costs and gains of speculation by lookup: `python -m bench.speculation` prints the table of lm-api/README.md.

Random weights, sampled, never repeat themselves, so every guess is wrong or none is made: the price for an ordinary
chat. At temperature 0 the same weights soon repeat a loop, so nearly every guess is right: the upper limit for an edit
or a summary. All servers run side by side and are asked in turns; an idle one uses no processor time.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.bench import CACHE
from bench.client import RawModel
from bench.machine import describe
from bench.stand_in import stand_in
from tests.support.running.model_server import running_model_server

DRAFTERS = ("off", "ngram-simple", "ngram-map-k", "ngram-mod")
KINDS: dict[str, dict[str, Any]] = {"ordinary": {}, "repeating": {"temperature": 0}}
USERS = (1, 4)
REPLY_TOKENS = 192
QUESTION = "What do you know about the sea?"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.speculation", description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    columns = [(kind, users) for kind in KINDS for users in USERS]
    speeds: dict[tuple[str, str, int], list[float]] = {}
    with ExitStack() as ending:
        models = {drafter: ending.enter_context(_serving(drafter)) for drafter in DRAFTERS}
        for turn in range(times):
            for kind, users in columns:
                for drafter, model in models.items():
                    speed = tokens_per_second(model, users, f"{turn} {kind} {users}", KINDS[kind])
                    speeds.setdefault((drafter, kind, users), []).append(speed)
    machine = describe()
    head = [f"{kind}, {users} at once" for kind, users in columns]
    sys.stdout.write(f"\n{machine['processor']}, {machine['cores']} cores, commit {machine['commit']}\n\n")
    sys.stdout.write(f"| | {' | '.join(head)} |\n|{' --- |' * (len(head) + 1)}\n")
    for drafter in DRAFTERS:
        cells = [_cell(speeds[drafter, *column], speeds["off", *column]) for column in columns]
        sys.stdout.write(f"| {drafter} | {' | '.join(cells)} |\n")


@contextmanager
def _serving(drafter: str) -> Iterator[RawModel]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = {"MODEL": str(stand_in("Q4_0", CACHE)), "LM_CONTEXT": "1024", "LM_SPECULATION": drafter}
        with running_model_server(Path(folder), **settings) as server:
            yield RawModel(server.base_url, server.api_key)


def tokens_per_second(model: RawModel, users: int, salt: str, options: Mapping[str, Any]) -> float:
    """Return the decode speed of all users together."""

    def ask(user: int) -> float:
        question = [{"role": "user", "content": f"{salt} {user}: {QUESTION}"}]
        answer = model.post("/v1/chat/completions", {"messages": question, "max_tokens": REPLY_TOKENS, **options})
        speed: float = answer["timings"]["predicted_per_second"]
        return speed

    with ThreadPoolExecutor(users) as people:
        return sum(people.map(ask, range(users)))


def _cell(speeds: list[float], base: list[float]) -> str:
    """Show the median of the ratios within each turn, since a disturbance affects neighbouring servers alike."""
    ratio = median(speed / other for speed, other in zip(speeds, base, strict=True))
    return f"{median(speeds):.0f} tokens/s, {ratio:.2f} ×"


if __name__ == "__main__":
    main()
