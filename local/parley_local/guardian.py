"""A watcher that outlives the runner: if the runner is killed, it ends the services.

The runner writes `+1234` for each process group it starts and `-1234` when that group has ended. The pipe closes when
the runner ends, for any reason. `python -m parley_local.guardian` is the watcher; `Guardian` is the runner's side.
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
    """The runner's side of the pipe."""

    def __init__(self, lock: int) -> None:
        """Start the watcher.

        Args:
            lock: A file descriptor that the watcher inherits, which keeps it locked until the watcher is done.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "parley_local.guardian"],
            stdin=subprocess.PIPE,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
            pass_fds=[lock],
        )

    def watch(self, group: int) -> None:
        self._write(f"+{group}")

    def forget(self, group: int) -> None:
        self._write(f"-{group}")

    def close(self) -> None:
        """End the watcher, and every group that it still watches."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe:
            with suppress(BrokenPipeError):  # the watcher was killed; the services still run
                os.write(pipe.fileno(), f"{line}\n".encode())  # atomic, since several threads write short lines


def send(group: int, signum: int) -> bool:
    """Signal a process group; return False if there is none."""
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):  # macOS raises the latter for a group of zombies
        return False
    return True


def end(processes: Iterable[int]) -> None:
    """Terminate each process in turn, then kill its group."""
    for process in processes:
        deadline = time.monotonic() + STOP_SECONDS
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGTERM)
        while _is_running(process) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        send(process, signal.SIGKILL)


def _is_running(process: int) -> bool:
    """Whether a process runs; a zombie, which may never be reaped, does not count."""
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
