"""One processor core for the measured services, the others for everything else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def two_sides() -> Iterator[tuple[str, str]]:
    """Yield the last core and the others, as `taskset -c` takes them; the block itself runs on the others."""
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) == 1:
        yield str(mine[0]), str(mine[0])
        return
    os.sched_setaffinity(0, mine[:-1])
    try:
        yield str(mine[-1]), ",".join(map(str, mine[:-1]))
    finally:
        os.sched_setaffinity(0, mine)
