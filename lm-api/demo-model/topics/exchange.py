"""What all topics have in common: an exchange is a question, its answer and the title that suits a chat about it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from phrasing import question
from words import data

Random = random.Random


@dataclass
class Exchange:
    asked: str
    answer: str
    title: str


FRAMES = data("frames.toml")
Topic = Callable[[Random], Exchange]


@cache
def entries(name: str) -> list[dict[str, Any]]:
    """The entries of a TOML data file, answers without the line break that opens a multi-line string."""
    found: list[dict[str, Any]] = data(name)["entry"]
    return [entry | {"answer": entry["answer"].strip()} for entry in found]


def ask_entry(entry: dict[str, Any], choose: Random, **slots: str) -> Exchange:
    answer, title = entry["answer"], entry["title"]
    for name, value in slots.items():
        answer, title = answer.replace("{" + name + "}", value), title.replace("{" + name + "}", value)
    return Exchange(question(entry["ask"], choose, **slots), answer, title)
