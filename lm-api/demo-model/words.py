"""The closed word lists, and which of their words must be single tokens."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
HIGHEST_NUMBER = 300


@cache
def data(name: str) -> dict[str, Any]:
    """What a TOML file of the data folder says."""
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


@cache
def words(kind: str) -> list[str]:
    """One of the lists of `data/words.toml`."""
    return str(data("words.toml")[kind]).split()


@cache
def table(name: str) -> list[list[str]]:
    """The lines of a data file, cut at the bars."""
    lines = (DATA / name).read_text().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines if line and not line.startswith("#")]


def whole_words() -> list[str]:
    """With a space in front as in running text, and without as after a quote or at the start of an answer."""
    listed = [word for kind in data("words.toml") for word in words(kind)]
    numbers = [str(number) for number in range(HIGHEST_NUMBER + 1)]
    return sorted({form for word in listed + numbers for form in (word, f" {word}")})
