"""The processor cores and the memory that the model server may use."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lm_api.cgroups import Limits, read_limits

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)b?", re.IGNORECASE)


class BadSetting(Exception):
    """An environment variable has an invalid value."""


@dataclass(frozen=True)
class Machine:
    """The resources that the model server may use."""

    cores: int
    memory: int
    """In bytes."""

    def __str__(self) -> str:
        return f"{self.cores} cores and {self.memory / 2**30:.1f} GiB"


def this_machine(environment: Mapping[str, str], container: Limits | None = None) -> Machine:
    """Return this machine's resources within the container's limits and `LM_CPUS` and `LM_MEMORY`.

    In both settings, 0 or an empty value means no limit.

    Raises:
        BadSetting: one of the two is invalid.
    """
    container = container or read_limits()
    cpus = [_cores(), container.cpus, parse_cpus(environment.get("LM_CPUS") or "0")]
    memory = [_memory(), container.memory, parse_size(environment.get("LM_MEMORY") or "0")]
    # Rounded down: with more threads than the quota has cores, the kernel pauses all of them for part of each period.
    return Machine(max(1, int(min(n for n in cpus if n))), min(n for n in memory if n))


def parse_cpus(text: str) -> float:
    """Return a number of cores.

    Raises:
        BadSetting: the text is not a number from 0.
    """
    try:
        cpus = float(text)
    except ValueError as error:
        raise BadSetting(f"LM_CPUS={text} is not a number.") from error
    if not 0 <= cpus < math.inf:
        raise BadSetting(f"LM_CPUS={text} must be 0 (no limit) or more.")
    return cpus


def parse_size(text: str) -> int:
    """Return the bytes of a size written as for Docker: `512m`, `1.5g`, `1073741824`.

    Raises:
        BadSetting: the text is not a size.
    """
    if not (match := _SIZE.fullmatch(text.strip())):
        raise BadSetting(f"LM_MEMORY={text} is not a size: write it like 512m or 4g.")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
