"""One service's process, restarted whenever it ends until it is stopped."""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from signal import SIGKILL
from typing import IO

from parley_local.guardian import Guardian, send
from parley_local.health import answers
from parley_local.log import Log

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
STOP_SECONDS = 15.0  # the services give their open requests 10 s


@dataclass(frozen=True)
class Service:
    """A command, and how to recognise that it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str | None = None
    """Answers 200 once the service is ready."""
    ready_line: bytes | None = None
    """Part of the line that the service prints once it is ready; checked instead of `ready_url`."""
    start_seconds: float = 120.0
    """How long the service may take to become ready."""


class Child:
    """Runs a service's command in its own session, so that the terminal's Ctrl-C reaches only the runner."""

    def __init__(self, service: Service, log: Log, guardian: Guardian, *, once: bool = False) -> None:
        self.service = service
        self.exit_code: int | None = None
        self._printed_ready_line = False
        self._log = log
        self._guardian = guardian
        self._once = once
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=service.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended at least once."""
        return self.exit_code is not None

    @property
    def is_ready(self) -> bool:
        if self.service.ready_line:
            return self._printed_ready_line
        return self.service.ready_url is None or answers(self.service.ready_url)

    def stop(self) -> None:
        """Terminate the process, and kill it if it does not end in time."""
        self._stopping.set()
        with self._starting:
            process = self._process
        if process:
            process.terminate()
            self._thread.join(STOP_SECONDS)
            send(process.pid, SIGKILL)
        self._thread.join()

    def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        started = time.monotonic()
        while (exit_code := self._run()) is not None:
            self.exit_code = exit_code
            if self._once or self._stopping.is_set():
                return
            if time.monotonic() - started > HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._log.say(f"{self.service.name} ended (exit code {exit_code}); restarting in {pause:.0f} s.")
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            started = time.monotonic()

    def _run(self) -> int | None:
        """Run the command once and return its exit code, or None if the child is already stopping."""
        with self._starting:
            if self._stopping.is_set():
                return None
            self._process = process = self._open()
        self._guardian.watch(process.pid)
        relay = threading.Thread(target=self._relay, args=(process.stdout,), daemon=True)
        relay.start()
        exit_code = process.wait()
        send(process.pid, SIGKILL)  # Processes left in its group would keep its output and port open.
        self._guardian.forget(process.pid)
        relay.join()
        return exit_code

    def _open(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 (our own commands)
            self.service.command,
            env=dict(self.service.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _relay(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                if self.service.ready_line and self.service.ready_line in line:
                    self._printed_ready_line = True
                self._log.write(self.service.name, line)
