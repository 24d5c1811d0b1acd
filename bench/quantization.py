"""How fast each quantization reads and writes: `python -m bench.quantization` prints the table of docs/quantization.md.

The servers take turns for several rounds, so that a busy moment does not affect only one of them.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.bench import CACHE
from bench.client import RawModel
from bench.stand_in import QUANTIZATIONS, stand_in
from tests.support.running.model_server import running_model_server

ROUNDS = 3
PROMPT_TOKENS, REPLY_TOKENS = 512, 48


def main() -> None:
    speeds: dict[str, list[tuple[float, float]]] = {name: [] for name in QUANTIZATIONS}
    for number in range(ROUNDS):
        for name in QUANTIZATIONS:
            speeds[name].append(measure(stand_in(name, CACHE), number))
    base = _medians(speeds["Q4_0"])
    for name, figures in speeds.items():
        read, written = _medians(figures)
        size = stand_in(name, CACHE).stat().st_size / 1e6
        line = f"{read:.0f} | {written:.0f} | {read / base[0]:.2f} × | {written / base[1]:.2f} ×"
        sys.stdout.write(f"| {name} | {size:.0f} | {line} |\n")


def measure(model: Path, number: int) -> tuple[float, float]:
    """Return the tokens per second of reading a prompt and of writing."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_model_server(Path(folder), MODEL=str(model)) as server,
    ):
        raw = RawModel(server.base_url, server.api_key)
        prompt = raw.text_of(PROMPT_TOKENS, salt=f"q{number}")
        body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": REPLY_TOKENS}
        timings = raw.post("/v1/chat/completions", body)["timings"]
    return timings["prompt_per_second"], timings["predicted_per_second"]


def _medians(figures: list[tuple[float, float]]) -> tuple[float, float]:
    return median(read for read, _ in figures), median(written for _, written in figures)


if __name__ == "__main__":
    main()
