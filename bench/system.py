"""The services of `make run`, for a bench to start, pin to processor cores and inspect."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
from parley_local.child import Service
from parley_local.nginx import find_nginx
from parley_local.ports import LOOPBACK, free_port, http_url

from tests.support.running.parts import Part, Parts

NO_LIMITS = {
    "PARLEY_RATE": "1000000",
    "PARLEY_CONNECTIONS": "10000",
    "LIMITS_NETWORK_GUESTS_PER_MINUTE": "0",
    "LIMITS_NETWORK_GUESTS_PER_HOUR": "0",
    "LIMITS_NETWORK_MESSAGES_PER_MINUTE": "0",
    "LIMITS_NETWORK_REQUESTS_PER_MINUTE": "0",
    "MOST_NEW_CHATS": "0",
}
"""The limits per address and of new chats are lifted: here, one machine makes all requests."""


class System:
    """All services, with nginx if installed; the model server is llama.cpp's, or a fake one at a chosen pace."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str], *, cores: Mapping[str, str], fake: bool, chat_ui: str = ""
    ) -> None:
        """
        Args:
            cores: by service, the processor cores that it may use, as `taskset -c` takes them.
            chat_ui: the module to run as chat-ui, instead of its own.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.parts = Parts(folder, settings)
        self._settings = settings
        self._cores = cores
        self._fake = fake
        self._module = chat_ui
        self.chat_ui: Part
        self.url = ""
        """Through nginx, if installed."""
        self.chat_ui_url = ""
        self.started: dict[str, Part] = {}

    @contextmanager
    def running(self) -> Iterator["System"]:
        with ExitStack() as ending:
            for name, part in (("db", self.parts.db), ("lm-api", self._lm_api()), ("db-api", self.parts.db_api)):
                self._pin(part)
                self.started[name] = part
                ending.callback(part.close)
            self.parts.lm_api = self.started["lm-api"]
            self.parts.start()
            self._start_front(ending)
            yield self

    def memory(self, name: str) -> float:
        """Return the MiB of this service's processes; shared pages count once."""
        process = psutil.Process(self.started[name].process.pid)
        return sum(each.memory_full_info().pss for each in [process, *process.children(recursive=True)]) / 2**20

    def processor_seconds(self, name: str) -> float:
        """Return the processor time of this service's processes since they started."""
        process = psutil.Process(self.started[name].process.pid)
        times = [each.cpu_times() for each in [process, *process.children(recursive=True)]]
        return sum(each.user + each.system for each in times)

    def lm_api_key(self) -> str:
        return (self.folder / "secrets" / "chat-ui" / "lm_api_key").read_text().strip()

    def _start_front(self, ending: ExitStack) -> None:
        port = free_port()
        service = self.parts.services.chat_ui(LOOPBACK, port, behind_proxy=find_nginx() is not None)
        if self._module:
            service = replace(service, command=(sys.executable, "-m", self._module))
        self.chat_ui = Part(service, self.folder / "chat-ui.log")
        self.url = self.chat_ui_url = http_url(LOOPBACK, port)
        self._start("chat-ui", self.chat_ui, ending)
        if nginx := find_nginx():
            front = free_port()
            environment = {**NO_LIMITS, **self._settings}
            service = nginx.service(self.folder / "nginx", LOOPBACK, front, upstream_port=port, environment=environment)
            self._start("nginx", Part(service, self.folder / "nginx.log"), ending)
            self.url = http_url(LOOPBACK, front)

    def _start(self, name: str, part: Part, ending: ExitStack) -> None:
        self._pin(part)
        self.started[name] = part
        ending.callback(part.close)
        part.start()

    def _lm_api(self) -> Part:
        return self._fake_model() if self._fake else self.parts.lm_api

    def _fake_model(self) -> Part:
        port = self.parts.services.lm_api_port
        pace = self._settings.get("FAKE_PACE", "50")
        command = (sys.executable, "-m", "bench.fake_model", "--port", str(port), "--pace", pace)
        service = Service("lm-api", command, dict(os.environ), ready_url=f"{self.parts.lm_api_url}/health")
        return Part(service, self.folder / "fake-model.log")

    def _pin(self, part: Part) -> None:
        cores = self._cores.get(part.service.name)
        if cores and shutil.which("taskset"):
            part.service = replace(part.service, command=("taskset", "-c", cores, *part.service.command))
