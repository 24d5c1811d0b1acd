"""One processor core for what is measured, the others for everybody else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def two_sides() -> Iterator[tuple[str, str]]:
    """The last core, and the others, as `taskset -c` takes them. This process keeps to the others for the block."""
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) == 1:
        yield str(mine[0]), str(mine[0])
        return
    os.sched_setaffinity(0, mine[:-1])
    try:
        yield str(mine[-1]), ",".join(map(str, mine[:-1]))
    finally:
        os.sched_setaffinity(0, mine)
