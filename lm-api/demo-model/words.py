"""The closed word lists, and which of their words must be single tokens."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
HIGHEST_NUMBER = 300


@cache
def data(name: str) -> dict[str, Any]:
    """Load a TOML file of the data folder."""
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


@cache
def words(kind: str) -> list[str]:
    """Return one of the lists in `data/words.toml`."""
    return str(data("words.toml")[kind]).split()


@cache
def table(name: str) -> list[list[str]]:
    """Return the lines of a data file, split at the bars."""
    lines = (DATA / name).read_text().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines if line and not line.startswith("#")]


def whole_words() -> list[str]:
    """Return the words that must be single tokens, each with a leading space (in a sentence) and without."""
    listed = [word for kind in data("words.toml") for word in words(kind)]
    numbers = [str(number) for number in range(HIGHEST_NUMBER + 1)]
    return sorted({form for word in listed + numbers for form in (word, f" {word}")})
