"""JSON as OpenAI's clients write it: nulls for fields that are left out, whole numbers with a decimal point."""

import math
from typing import Any

MAX_DEPTH = 64
"""Levels of a request's JSON. More could not be written again for the model server."""

KEPT = frozenset({"schema", "parameters", "arguments", "enum", "const", "default"})
"""Below these names a null has a meaning of its own."""


def whole_number(value: Any) -> Any:
    """
    >>> whole_number(8.0), whole_number(8.5)
    (8, 8.5)
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


def plain_json(value: Any) -> Any:
    """Return a request without its nulls.

    >>> plain_json({"seed": None, "tools": [{"strict": None, "parameters": {"enum": [None]}}]})
    {'tools': [{'parameters': {'enum': [None]}}]}

    Raises:
        ValueError: it is nested too deeply, or holds a number that JSON does not have.
    """
    _check(value)
    return _without_nulls(value)


def _check(value: Any) -> None:
    waiting = [(value, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"must have at most {MAX_DEPTH} levels")
        if isinstance(part, dict):
            waiting += [(inner, depth + 1) for inner in part.values()]
        elif isinstance(part, list):
            waiting += [(inner, depth + 1) for inner in part]
        elif isinstance(part, float) and not math.isfinite(part):
            raise ValueError("must not contain NaN or Infinity, which are not JSON")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: part for name, part in value.items() if part is not None}
        return {name: part if name in KEPT else _without_nulls(part) for name, part in kept.items()}
    if isinstance(value, list):
        return [_without_nulls(part) for part in value]
    return value
