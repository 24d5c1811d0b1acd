"""Outlives the runner by a moment: where that was killed, this ends what it had started.

The runner writes `+1234` for each process group that it starts and `-1234` when that has ended. Its end, by whatever
cause, closes the pipe. `python -m parley_local.guardian` is that watcher; `Guardian` is the runner's end of the pipe.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

LINUX = sys.platform == "linux"
STOP_SECONDS = 5
POLL_SECONDS = 0.05


class Guardian:
    """The runner's end. `lock` is a file descriptor that stays locked until the guardian is done, too."""

    def __init__(self, lock: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "parley_local.guardian"],
            stdin=subprocess.PIPE,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
            pass_fds=[lock],
        )

    def watch(self, group: int) -> None:
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}")

    def close(self) -> None:
        """Ends the guardian, and what is still watched with it."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _tell(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe:
            with suppress(BrokenPipeError):  # somebody killed the guardian; that is no reason to fall
                os.write(pipe.fileno(), f"{line}\n".encode())  # one short write is atomic, whichever thread it is from


def send(group: int, signum: int) -> bool:
    """Signals a process group; False where there is none."""
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return False
    return True


def end(processes: Iterable[int]) -> None:
    """Ends each process in turn, politely first, and its group with it."""
    for process in processes:
        deadline = time.monotonic() + STOP_SECONDS
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGTERM)
        while _is_running(process) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        send(process, signal.SIGKILL)


def _is_running(process: int) -> bool:
    """A zombie is not: it waits to be buried, and nobody may come."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not LINUX and send(process, 0)


def main() -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    groups: dict[int, None] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            groups[int(line[1:])] = None
        else:
            groups.pop(int(line[1:]), None)
    end(reversed(groups))


if __name__ == "__main__":
    main()
