"""The rows as a table and as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.budgets import BUDGETS, Row

HEAD = ("what", "budget", "measured", "ours", "raw", "ratio", "")


def table(rows: Iterable[Row]) -> str:
    """Return every row with its budget as a Markdown table with aligned columns."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    text.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in text)


def write_json(path: Path, machine: Mapping[str, Any], rows: Sequence[Row]) -> None:
    measured = [
        asdict(row)
        | {
            "what": BUDGETS[row.budget].what,
            "limit": str(BUDGETS[row.budget]),
            "ratio": row.ratio,
            "passed": row.passed,
        }
        for row in rows
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": dict(machine), "rows": measured}, indent=2) + "\n")


def _cells(row: Row) -> tuple[str, ...]:
    budget = BUDGETS[row.budget]
    return (
        budget.what + (f" ({row.note})" if row.note else ""),
        str(budget),
        f"{number(row.value)} {budget.unit}",
        _with_unit(row.ours, row.unit),
        _with_unit(row.raw, row.unit),
        f"{row.ratio:.2f} ×" if row.ratio is not None else "",
        "pass" if row.passed else "FAIL",
    )


def _with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{number(value)} {unit}".strip()


def number(value: float) -> str:
    """Format with three significant digits, or as a whole number from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
