"""`python -m bench.curves [names] [--quick]`: draws how cost grows into docs/curves/, and prints the slopes."""

import argparse
import importlib
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.bench import CACHE, Bench
from bench.curves.curve import Curve, slope, steepest
from bench.curves.drawing import draw
from bench.machine import ROOT, describe
from bench.stand_in import stand_in

MEASURED = {
    "history": "first token and memory over the length of a chat",
    "database": "page and search over messages in the database",
    "users": "tokens per second and waiting over users",
    "streams": "chat-ui's time and gaps over streams",
    "replicas": "pages per second over replicas (needs Docker)",
}
"""Each is a module with `curves(bench) -> Iterator[Curve]`."""

FOLDER = ROOT / "docs" / "curves"


def main() -> None:
    arguments = _arguments()
    machine = describe()
    source = f"{machine['processor']}, {machine['cores']} cores, commit {machine['commit']}, {machine['time'][:10]}"
    with tempfile.TemporaryDirectory(prefix="parley-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # Postgres may run under its own account
        bench = Bench(stand_in("Q4_0", CACHE), CACHE, Path(folder), quick=arguments.quick)
        try:
            for name in arguments.names or MEASURED:
                bench.say(f"{name}: {MEASURED[name]}.")
                for curve in importlib.import_module(f"bench.curves.{name}").curves(bench):
                    _write(curve, arguments.folder, source)
        finally:
            bench.close()


def _write(curve: Curve, folder: Path, source: str) -> None:
    path = draw(curve, folder, source)
    path.with_suffix(".json").write_text(json.dumps({"source": source, **asdict(curve)}, indent=1) + "\n")
    for name, points in curve.series.items():
        sys.stdout.write(f"{curve.title}, {name}: {slope(points)}; steepest step {steepest(points):.2f}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    listed = "\n".join(f"  {name:10} {what}" for name, what in MEASURED.items())
    parser = argparse.ArgumentParser(
        prog="bench.curves",
        description="Measures how costs grow.",
        epilog=f"curves:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*MEASURED, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs, to check that it works")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: docs/curves")
    return parser.parse_args()


if __name__ == "__main__":
    main()
