"""Starts services in order, keeps them running, and stops them in the reverse order."""

import time

from parley_local.child import Child, Service
from parley_local.errors import ServiceFailed
from parley_local.guardian import Guardian
from parley_local.log import Log
from parley_local.waiting import StopRequests

POLL_SECONDS = 0.05


class Runner:
    """Runs the services. Every wait raises StopRequested as soon as a stop is requested."""

    def __init__(self, log: Log, guardian: Guardian, stop_requests: StopRequests) -> None:
        self._log = log
        self._guardian = guardian
        self._stop_requests = stop_requests
        self._children: list[Child] = []

    def start(self, service: Service) -> Child:
        """Start a service, which is restarted whenever it ends."""
        return self._open(service, once=False)

    def run(self, service: Service) -> None:
        """Run a command until it ends.

        Raises:
            ServiceFailed: its exit code is not 0.
        """
        child = self._open(service, once=True)
        while not child.has_ended:
            self._stop_requests.rest(POLL_SECONDS)
        if child.exit_code != 0:
            raise ServiceFailed(f"{service.name} failed (exit code {child.exit_code}); its log lines above say why.")
        self._children.remove(child)

    def wait_until_ready(self, *children: Child) -> None:
        """Wait until all children are ready.

        Raises:
            ServiceFailed: one of them ended, or is not ready in time.
        """
        started = time.monotonic()
        for child in children:
            while not child.is_ready:
                _check_start(child, time.monotonic() - started)
                self._stop_requests.rest(POLL_SECONDS)

    def stop(self) -> None:
        """Stop all services, the last started first."""
        while self._children:
            self._children.pop().stop()

    def _open(self, service: Service, *, once: bool) -> Child:
        child = Child(service, self._log, self._guardian, once=once)
        self._children.append(child)
        child.start()
        return child


def _check_start(child: Child, seconds: float) -> None:
    service = child.service
    if child.has_ended:
        raise ServiceFailed(f"{service.name} ended before it was ready; its log lines above say why.")
    if seconds > service.start_seconds:
        raise ServiceFailed(f"{service.name} is not ready after {seconds:.0f} s; its log lines above may say why.")
