"""The limits of this process's control group, usually a container's (Linux, versions 1 and 2).

Formats: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class Limits:
    """Limits of a control group; None means no limit."""

    cpus: float | None = None
    memory: int | None = None
    """In bytes."""


def read_limits(root: Path = _ROOT, membership: Path = _MEMBERSHIP) -> Limits:
    """Read the tightest limits among this process's group and all visible groups around it."""
    groups = list(_groups(root, membership))
    return Limits(
        cpus=min((cpus for group in groups if (cpus := _cpus(group))), default=None),
        memory=min((memory for group in groups if (memory := _memory(group))), default=None),
    )


def _groups(root: Path, membership: Path) -> Iterator[Path]:
    for line in _read(membership).splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):  # version 2 names no controllers: they share one tree
            group = root / controller
            yield group
            for name in path.split("/"):  # inside a container, this can be a path that exists only on the host
                if name not in ("", ".."):
                    group /= name
                    yield group


def _memory(group: Path) -> int | None:
    text = _read(group / "memory.max") or _read(group / "memory.limit_in_bytes")
    return int(text) if text.isdecimal() else None


def _cpus(group: Path) -> float | None:
    quota, _, period = _read(group / "cpu.max").partition(" ")
    quota = quota or _read(group / "cpu.cfs_quota_us")  # -1 means no limit
    period = period or _read(group / "cpu.cfs_period_us")
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() else None


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
