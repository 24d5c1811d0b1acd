"""What the model server may use: processor cores and memory."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SIZE = re.compile(r"(\d+)\s*([bkmg]?)b?", re.IGNORECASE)


class BadSetting(Exception):
    """A variable of the environment that cannot be read."""


@dataclass(frozen=True)
class Machine:
    cores: int
    memory: int
    """In bytes."""


def this_machine(environment: Mapping[str, str]) -> Machine:
    """`LM_CPUS` and `LM_MEMORY` are the limits that the server runs under, where it has any (0 or empty: none).

    Raises BadSetting.
    """
    cores, memory = _cores(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    allowed_cores = parse_cpus(environment.get("LM_CPUS") or "0")
    allowed_memory = parse_size(environment.get("LM_MEMORY") or "0")
    return Machine(min(cores, allowed_cores or cores), min(memory, allowed_memory or memory))


def parse_cpus(text: str) -> int:
    try:
        return math.ceil(float(text))
    except ValueError as error:
        raise BadSetting(f"LM_CPUS={text} is no number.") from error


def parse_size(text: str) -> int:
    """Bytes of `512m`, `4g`, `1073741824`: as Docker writes a limit."""
    if not (match := _SIZE.fullmatch(text.strip())):
        raise BadSetting(f"LM_MEMORY={text} is no size: write it like 512m or 4g.")
    return int(match[1]) * _UNITS[match[2].lower()]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
