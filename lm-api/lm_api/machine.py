"""What the model server may use: processor cores and memory."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lm_api.cgroups import Limits, read_limits

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SIZE = re.compile(r"(\d+)\s*([bkmg]?)b?", re.IGNORECASE)


class BadSetting(Exception):
    """A variable of the environment that cannot be read."""


@dataclass(frozen=True)
class Machine:
    cores: int
    memory: int
    """In bytes."""

    def __str__(self) -> str:
        return f"{self.cores} cores and {self.memory / 2**30:.1f} GiB"


def this_machine(environment: Mapping[str, str], container: Limits | None = None) -> Machine:
    """What there is, within the container's limits and within `LM_CPUS` and `LM_MEMORY` (0 or empty: none).

    Raises BadSetting.
    """
    container = container or read_limits()
    cpus = [_cores(), container.cpus, parse_cpus(environment.get("LM_CPUS") or "0")]
    memory = [_memory(), container.memory, parse_size(environment.get("LM_MEMORY") or "0")]
    # Rounded down: more threads than the quota has cores are halted together for a part of each tenth of a second.
    return Machine(max(1, int(min(n for n in cpus if n))), min(n for n in memory if n))


def parse_cpus(text: str) -> float:
    try:
        return float(text)
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


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
