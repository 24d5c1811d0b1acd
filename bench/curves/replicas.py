"""Chat pages per second over replicas of chat-ui and db-api, in containers with a fifth of a core each.

Needs Docker: it runs compose.yaml and compose.replicas.yaml, with the fake model server.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parley_local.ports import LOOPBACK, free_port, http_url

from bench.bench import Bench
from bench.curves.curve import Curve
from bench.page_load import Reader, load, make_readers

REPLICAS = (3, 2, 1)
"""The largest first, because it also creates the readers' chats."""
READERS = 24
"""Each has its own chat, which nginx keeps at one replica; this many are spread evenly."""
WARM_SECONDS = 3
ROOT = Path(__file__).parents[2]
COMPOSE = ("docker", "compose", "-f", "compose.yaml", "-f", "bench/compose.replicas.yaml")


def curves(bench: Bench) -> Iterator[Curve]:
    port = free_port()
    url = http_url(LOOPBACK, port)
    environment = {**os.environ, "COMPOSE_PROJECT_NAME": "parley-bench", "PARLEY_PORT": str(port), "MODEL": "demo"}
    pages, seconds = [], bench.times(15, quick=5)
    with _running(environment):
        readers: list[Reader] = []
        for count in REPLICAS:
            _scale(environment, count)
            readers = readers or make_readers(url, READERS)
            asyncio.run(load(url, readers, WARM_SECONDS))
            pages.append((count, len(asyncio.run(load(url, readers, seconds))) / seconds))
            bench.say(f"{count} replicas: {pages[-1][1]:.1f} pages/s")
    series = {"all together": sorted(pages)}
    yield Curve("replicas", "Chat pages over replicas", "replicas of chat-ui and of db-api", "pages per second", series)


@contextmanager
def _running(environment: dict[str, str]) -> Iterator[None]:
    try:
        yield
    finally:
        _compose(environment, "down", "--volumes", "--remove-orphans")


def _scale(environment: dict[str, str], count: int) -> None:
    scale = [f"--scale={name}={count}" for name in ("chat-ui", "db-api")]
    _compose(environment, "up", "--build", "--detach", "--wait", *scale)


def _compose(environment: dict[str, str], *arguments: str) -> None:
    command = [*COMPOSE, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"docker compose {arguments[0]} failed: {done.stderr[-2000:]}")
