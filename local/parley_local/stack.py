"""The whole system on one machine: which services start, in which order, and how they stop."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self, TextIO

from parley_local.child import Service
from parley_local.errors import StopRequested
from parley_local.folder import locked_folder
from parley_local.guardian import Guardian
from parley_local.log import Log
from parley_local.nginx import Nginx, refusal
from parley_local.ports import LOOPBACK, check_port, free_port, http_url
from parley_local.runner import Runner
from parley_local.secret_files import create_secrets
from parley_local.services import Services
from parley_local.waiting import StopRequests


class Stack:
    """All services of one folder: `with Stack(...) as stack: stack.wait()` runs them."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int,
        address: str = LOOPBACK,
        environment: Mapping[str, str] = os.environ,
        output: TextIO = sys.stdout,
        nginx: Nginx | None = None,
    ) -> None:
        """Prepare a stack; nothing starts yet.

        Args:
            directory: The folder for data and secrets, created if it is missing.
            port: Where nginx listens, or chat-ui if there is no nginx.
            address: The address to listen on.
            environment: What the services inherit.
            output: Where the log goes.
            nginx: The nginx to run in front of chat-ui.
        """
        self.url = http_url(address, port).replace(LOOPBACK, "localhost")
        self.directory = directory.resolve()
        self._port = port
        self._address = address
        self._environment = {**environment, "PARLEY_BIND": address}
        self._nginx = nginx
        self._stop_requests = StopRequests()
        self._log = Log(output, when_lost=self.request_stop)
        self._cleanup = ExitStack()

    def start(self) -> None:
        """Start all services and return once a browser can open `url`.

        Raises:
            CannotStart: the start failed; the message says why.
            StopRequested: a stop was requested meanwhile.
        """
        lock = self._cleanup.enter_context(locked_folder(self.directory, self._stop_requests.rest))
        check_port(self._address, self._port)
        create_secrets(self.directory / "secrets")
        guardian = self._cleanup.enter_context(Guardian(lock))
        runner = Runner(self._log, guardian, self._stop_requests)
        self._cleanup.callback(runner.stop)
        self._start_services(runner)

    def wait(self) -> None:
        """Return once a stop is requested."""
        with suppress(StopRequested):
            self._stop_requests.rest()

    def say(self, sentence: str) -> None:
        self._log.say(sentence)

    def request_stop(self) -> None:
        """End `start` or `wait`; safe in a signal handler."""
        self._stop_requests.add()

    def stop(self) -> None:
        self._cleanup.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _start_services(self, runner: Runner) -> None:
        """Start the services in the order whose reverse stops them: chat-ui saves open replies before db-api stops."""
        services = Services(self.directory, self._environment)
        db = runner.start(services.db())
        lm_api = runner.start(services.lm_api())
        runner.wait_until_ready(db)
        runner.run(services.migrate())
        db_api = runner.start(services.db_api())
        front = [runner.start(service) for service in self._front(services)]
        runner.wait_until_ready(db_api, lm_api, *front)

    def _front(self, services: Services) -> list[Service]:
        inner_port = free_port()
        proxy = self._proxy(inner_port)
        if proxy is None:
            return [services.chat_ui(self._address, self._port, behind_proxy=False)]
        return [services.chat_ui(LOOPBACK, inner_port, behind_proxy=True), proxy]

    def _proxy(self, upstream_port: int) -> Service | None:
        if self._nginx is None:
            return None
        folder = self.directory / "nginx"
        proxy = self._nginx.service(
            folder, self._address, self._port, upstream_port=upstream_port, environment=self._environment
        )
        reason = refusal(proxy)
        if reason:
            self.say(f"This machine's nginx rejects Parley's configuration, so chat-ui serves directly: {reason}")
            return None
        return proxy
