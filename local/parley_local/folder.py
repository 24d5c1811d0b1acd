"""The folder that holds all data of one local Parley, `.parley/`, for one run at a time."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import lock_descriptor

from parley_local.errors import CannotStart

CLEANUP_SECONDS = 30.0
POLL_SECONDS = 0.1
MODE = 0o711 if os.geteuid() == 0 else 0o700
"""Nobody else on this machine lists the folder. Run by root, Postgres has an account of its own that must enter it."""


@contextmanager
def locked_folder(directory: Path, rest: Callable[[float], None]) -> Iterator[int]:
    """Lock the folder, creating it if it is missing, and yield the lock's file descriptor.

    Closing the descriptor releases the lock, unless another process inherited it: the guardian keeps the folder locked
    until the services have ended.

    Args:
        directory: The folder.
        rest: Waits for some seconds between attempts.

    Raises:
        CannotStart: the folder cannot be written, or another run has locked it.
    """
    try:
        directory.mkdir(mode=MODE, parents=True, exist_ok=True)
        directory.chmod(MODE)
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
    """Wait while the guardian of a killed run stops its services; a run that is alive is not waited for."""
    for _ in range(int(CLEANUP_SECONDS / POLL_SECONDS)):
        if lock_descriptor(lock, blocking=False):
            return
        holder = int(os.pread(lock, 20, 0) or 0)
        if _is_alive(holder):
            break
        rest(POLL_SECONDS)
    raise CannotStart(f"Parley already runs in this folder (process {holder}); stop that one first.")


def _is_alive(process: int) -> bool:
    if process == 0:
        return False
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True
