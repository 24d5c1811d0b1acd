"""`python -m parley_local` as its own process, as `make run` starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import psutil

DEADLINE_SECONDS = 60


class LocalRun:
    def __init__(self, directory: Path, port: int, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.lines: list[str] = []
        own = {"MODEL": "demo", "PARLEY_DIRECTORY": str(directory), "PARLEY_PORT": str(port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "parley_local"],
            env={**os.environ, **own, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        self._output = self.process.stdout
        self._unread: SimpleQueue[str] = SimpleQueue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        """Read the log up to a line with this text."""
        line = ""
        while text not in line:
            try:
                line = self._unread.get(timeout=DEADLINE_SECONDS)
            except Empty:
                raise AssertionError(f"{text!r} is not in the log:\n" + "".join(self.lines)) from None

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def finish(self) -> int:
        """Wait for the end; return the exit code."""
        exit_code = self.process.wait(DEADLINE_SECONDS)
        self._reader.join()
        return exit_code

    def _read(self) -> None:
        with self._output:
            for line in self._output:
                self.lines.append(line)
                self._unread.put(line)


@contextmanager
def local_run(directory: Path, port: int, **environment: str) -> Iterator[LocalRun]:
    run = LocalRun(directory, port, **environment)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.interrupt()
        run.finish()


def all_gone(processes: list[psutil.Process], seconds: float) -> bool:
    """Whether all have ended; a zombie has too, since reaping it is up to its parent."""
    _gone, alive = psutil.wait_procs(processes, timeout=seconds)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
