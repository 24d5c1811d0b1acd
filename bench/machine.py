"""Where and when figures were taken; they mean nothing without it."""

import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]


def describe() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "commit": _commit(),
        "time": datetime.now(UTC).isoformat(timespec="minutes"),
    }


def loop_milliseconds() -> float:
    """Time a fixed Python loop: a shared machine's speed varies, and other times are judged against this one."""
    times = []
    for _ in range(9):
        begin = time.perf_counter()
        sum(number * number % 7 for number in range(100_000))
        times.append(time.perf_counter() - begin)
    return 1000 * median(times)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=10"]
    described = subprocess.run(command, capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"
