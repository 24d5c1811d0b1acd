"""The folder that keeps everything of one local Parley, `.parley/`: one run at a time."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from parley_local.errors import CannotStart

CLEANUP_SECONDS = 30.0
POLL_SECONDS = 0.1


@contextmanager
def claimed(directory: Path, rest: Callable[[float], None]) -> Iterator[int]:
    """Has the folder, which is made where it is missing, for itself; yields the file descriptor of its lock.

    Raises:
        CannotStart: the folder cannot be written, or another run has it.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(f"Cannot write to {directory}: {error.strerror}.") from error
    try:
        _wait_for(lock, rest)
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def _wait_for(lock: int, rest: Callable[[float], None]) -> None:
    """A run that was killed holds the lock for the few seconds in which what it had started is stopped."""
    for _ in range(int(CLEANUP_SECONDS / POLL_SECONDS)):
        if _locked(lock):
            return
        holder = int(os.pread(lock, 20, 0) or 0)
        if _is_alive(holder):
            break
        rest(POLL_SECONDS)
    raise CannotStart(f"Parley already runs in this folder (process {holder}); stop that one first.")


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(process: int) -> bool:
    if process == 0:
        return False
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True
