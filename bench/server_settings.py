"""Compare llama.cpp's flags by what people notice: `python -m bench.server_settings MODEL.gguf` prints a table.

Each candidate is its own server, asked directly for the first token of a long prompt, the longest gap of a stream while
such a prompt is read, and the tokens per second of 1, 4, 8 and 16 users together. lm-api/lm_api/options.py chooses by
these figures. The candidates are measured in turns, `--times` times, and the table shows medians.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from bench.client import RawModel
from bench.machine import describe
from tests.support.running.model_server import running_model_server

CANDIDATES: dict[str, dict[str, str]] = {
    "as chosen": {},
    "batch 32": {"LM_BATCH": "32"},
    "batch 512": {"LM_BATCH": "512"},
    "1 slot": {"LM_SLOTS": "1"},
    "8 slots": {"LM_SLOTS": "8"},
    "all cores write": {"LM_THREADS": "2"},
    "ngram-simple": {"LM_SPECULATION": "ngram-simple"},
    "ngram-mod": {"LM_SPECULATION": "ngram-mod"},
}
USERS = (1, 4, 8, 16)
LONG_TOKENS = 1000
REPLY_TOKENS = 32
SHORT = [{"role": "user", "content": "What do you know about the sea?"}]

Figures = tuple[float, ...]


def main() -> None:
    arguments = _arguments()
    seen: dict[str, list[Figures]] = {name: [] for name in arguments.candidates}
    for turn in range(arguments.times):
        for name in arguments.candidates:
            seen[name].append(_measured(arguments.model, name, turn))
            sys.stderr.write(f"  {name}: {' '.join(f'{figure:.2f}' for figure in seen[name][-1])}\n")
    machine = describe()
    head = ["first token", "longest gap", *(f"{users} users, tokens/s" for users in USERS)]
    sys.stdout.write(f"\n{machine['processor']}, {machine['cores']} cores, commit {machine['commit']}\n\n")
    sys.stdout.write(f"| | {' | '.join(head)} |\n|{' --- |' * (len(head) + 1)}\n")
    for name, turns in seen.items():
        medians = [median(column) for column in zip(*turns, strict=True)]
        sys.stdout.write(f"| {name} | {' | '.join(f'{figure:.2f}' for figure in medians)} |\n")


def _measured(path: Path, name: str, turn: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"MODEL": str(path), "LM_CONTEXT": "2048"} | CANDIDATES[name]
        with running_model_server(Path(folder), **settings) as server:
            model = RawModel(server.base_url, server.api_key)
            first = model.time(_long(model, f"f{turn}"), 1).first
            return (first, _gap(model, turn), *(_speed(model, users) for users in USERS))


def _gap(model: RawModel, turn: int) -> float:
    """With one stream, the prompt has a free slot; where there is only one slot, it waits and there is no gap."""
    disturbing = threading.Thread(target=model.time, args=(_long(model, f"g{turn}"), 1))
    threading.Timer(0.2, disturbing.start).start()
    gaps: list[float] = []
    while disturbing.ident is None or disturbing.is_alive() or not gaps:
        gaps.append(model.time(SHORT, REPLY_TOKENS, ignore_eos=True).longest_gap)
    return max(gaps)


def _speed(model: RawModel, users: int) -> float:
    asking = [
        threading.Thread(target=model.time, args=(SHORT, REPLY_TOKENS), kwargs={"ignore_eos": True})
        for _ in range(users)
    ]
    begin = time.perf_counter()
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return users * REPLY_TOKENS / (time.perf_counter() - begin)


def _long(model: RawModel, salt: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": model.text_of(LONG_TOKENS, salt=salt)}]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.server_settings", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("candidates", nargs="*", default=[*CANDIDATES], metavar="NAME", help=", ".join(CANDIDATES))
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
