"""Measure Parley, print each figure beside its budget, and write JSON: `python -m bench [names] [--quick]`."""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bench import CACHE, Bench
from bench.budgets import Row
from bench.machine import describe, loop_milliseconds
from bench.report import table, write_json

MEASUREMENTS = {
    "installed": "the installed size of the apps' dependencies",
    "resources": "idle memory, and the time to be ready",
    "page": "the first load of a long chat, in a browser",
    "first_token": "first token, page path over raw",
    "decode": "decode speed, page path over raw",
    "turns": "first token at turn 30 over turn 2",
    "warm": "first token after opening an old chat and typing, over the same without reading ahead",
    "gap": "the longest gap in a stream while another person's long prompt is read",
    "users": "16 users at once",
    "streams": "chat-ui's processor time, and how many streams it carries",
    "pages": "chat pages per second",
    "soak": "ten minutes of 300 readers and 50 requests a second, and what they leave behind",
    "database": "opening a chat among five million messages",
}
"""Each is a module with `measure(bench) -> Iterator[Row]`."""


def main() -> None:
    arguments = _arguments()
    machine = describe()
    rows: list[Row] = []
    loops = [loop_milliseconds()]
    with tempfile.TemporaryDirectory(prefix="parley-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # Postgres may run under its own account
        bench = Bench(_model(arguments), CACHE, Path(folder), arguments.quick)
        try:
            for name in arguments.names or MEASUREMENTS:
                rows += _measured(bench, name)
                loops.append(loop_milliseconds())
                bench.say(f"The Python loop took {loops[-2]:.1f} ms before and {loops[-1]:.1f} ms after.")
        finally:
            bench.close()
    write_json(arguments.json, machine | {"loop_milliseconds": loops}, rows)
    sys.stdout.write(f"\n{machine['processor']}, {machine['cores']} cores, commit {machine['commit']}; ")
    sys.stdout.write(f"the Python loop took {min(loops):.1f} to {max(loops):.1f} ms meanwhile\n\n")
    sys.stdout.write(f"{table(rows)}\n\nAs JSON: {arguments.json}\n")


def _measured(bench: Bench, name: str) -> Iterator[Row]:
    bench.say(f"{name}: {MEASUREMENTS[name]}.")
    begin = time.monotonic()
    yield from importlib.import_module(f"bench.{name}").measure(bench)
    bench.say(f"{name} took {time.monotonic() - begin:.0f} s.")


def _model(arguments: argparse.Namespace) -> Path:
    if Path(arguments.model).suffix == ".gguf":
        return Path(arguments.model).resolve()
    from bench.stand_in import stand_in  # imports numpy, which is not needed for a given model

    return stand_in(arguments.model, CACHE)


def _arguments() -> argparse.Namespace:
    listed = "\n".join(f"  {name:12} {what}" for name, what in MEASUREMENTS.items())
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Measures Parley beside the raw model server.",
        epilog=f"measurements:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*MEASUREMENTS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, to check that it works")
    parser.add_argument("--model", default="Q4_0", help="a GGUF file, or the quantization of the stand-in")
    parser.add_argument("--json", type=Path, default=CACHE / "last.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
