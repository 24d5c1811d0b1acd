"""The services as processes that a test can kill, freeze and restart, each on a fixed port."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
from parley_local.child import Service
from parley_local.health import answers
from parley_local.ports import LOOPBACK, free_port
from parley_local.secret_files import create_secrets
from parley_local.services import Services

from tests.support.running.waiting import wait_until

START_SECONDS = 60

SLOW_MODEL = {"MODEL": "demo", "LM_THREADS": "32", "LM_THREADS_BATCH": "2"}
"""Slows the demo model to some 60 tokens/s: with more threads than cores, the threads wait for each other."""


class Part:
    """One service's process."""

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        begin = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.service.command, env=dict(self.service.environment), stdout=log, stderr=log
            )
        if wait:
            wait_until(lambda: self._is_ready(begin), START_SECONDS, what=lambda: f"{self.service.name}: {self.log}")

    def kill(self) -> None:
        """Kill the process and its descendants without warning, as a power cut would."""
        process = psutil.Process(self.process.pid)
        for victim in [process, *process.children(recursive=True)]:
            victim.kill()
        self.process.wait()

    def terminate(self) -> float:
        """Ask the process to end; return how many seconds it took."""
        begin = time.monotonic()
        self.send(signal.SIGTERM)
        self.process.wait(timeout=30)
        return time.monotonic() - begin

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def close(self) -> None:
        if self._process and self._process.poll() is None:
            self.send(signal.SIGCONT)
            self.terminate()

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process
        return self._process

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _is_ready(self, begin: int) -> bool:
        assert self.process.poll() is None, f"{self.service.name} ended: {self.log}"
        if self.service.ready_line:
            return self.service.ready_line in self._log.read_bytes()[begin:]
        return self.service.ready_url is None or answers(self.service.ready_url)


class Parts:
    """A whole system without nginx: db, lm-api and db-api run, and each test starts its chat-ui replicas."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        create_secrets(folder / "secrets")
        self.folder = folder
        self.services = Services(folder, {**os.environ, **settings})
        self.db = self._part(self.services.db())
        self.lm_api = self._part(self.services.lm_api())
        self.db_api = self._part(self.services.db_api())
        self._count = 0

    def start(self) -> None:
        self.lm_api.start(wait=False)
        self.db.start()
        migrate = self.services.migrate()
        subprocess.run(migrate.command, env=dict(migrate.environment), check=True, capture_output=True)
        self.db_api.start()
        wait_until(lambda: answers(f"{self.lm_api_url}/health"), START_SECONDS)

    def chat_ui(self, **settings: str) -> tuple[Part, str]:
        """Start another replica; return it and its URL."""
        self._count += 1
        port = free_port()
        service = self.services.chat_ui(LOOPBACK, port, behind_proxy=False)
        service = replace(service, environment={**service.environment, **settings})
        part = Part(service, self.folder / f"chat-ui-{self._count}.log")
        part.start()
        return part, f"http://{LOOPBACK}:{port}"

    @property
    def lm_api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.services.lm_api_port}"

    @property
    def db_api_url(self) -> str:
        return f"http://{LOOPBACK}:{self.services.db_api_port}"

    def lm_api_client(self) -> httpx.Client:
        return self._client(self.lm_api_url, "lm_api_key")

    def db_api_client(self) -> httpx.Client:
        return self._client(self.db_api_url, "db_api_token")

    def _client(self, url: str, secret: str) -> httpx.Client:
        key = (self.folder / "secrets" / "chat-ui" / secret).read_text().strip()
        # Reuse no connection: llama.cpp closes idle ones without notice.
        limits = httpx.Limits(max_keepalive_connections=0)
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=url, headers=headers, timeout=20, trust_env=False, limits=limits)

    def _part(self, service: Service) -> Part:
        return Part(service, self.folder / f"{service.name}.log")


@contextmanager
def running_parts(folder: Path, **settings: str) -> Iterator[Parts]:
    parts = Parts(folder, SLOW_MODEL | settings)
    with ExitStack() as ending:
        for part in (parts.db, parts.lm_api, parts.db_api):
            ending.callback(part.close)
        parts.start()
        yield parts
