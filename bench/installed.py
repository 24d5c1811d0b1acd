"""The installed size of both apps' dependencies: every distribution they need, with all its files."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from bench.bench import Bench
from bench.budgets import Row

APPS = ("chat-ui", "db-api")


def measure(_bench: Bench) -> Iterator[Row]:
    sizes = {name: _size(one) for name, one in _needed(APPS).items()}
    note = f"{len(sizes)} packages"
    yield Row("installed", sum(sizes.values()) / 2**20, note=note, details=sizes)


def _needed(names: tuple[str, ...]) -> dict[str, Distribution]:
    """Without the apps themselves."""
    found: dict[str, Distribution] = {}
    wanted = [(name, "") for name in names]
    seen = set(wanted)
    while wanted:
        name, extra = wanted.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:  # for another platform
            continue
        if name not in names:
            found[re.sub(r"[-_.]+", "-", name).lower()] = one
        for text in one.requires or ():
            requirement = Requirement(text)
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            more = {(requirement.name, "")} | {(requirement.name, each) for each in requirement.extras}
            wanted += more - seen
            seen |= more
    return found


def _size(one: Distribution) -> int:
    paths = (Path(file.locate()) for file in one.files or () if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.is_file())
