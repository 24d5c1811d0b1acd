"""The whole local system for tests, through the same code as `make run`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parley_local.nginx import find_nginx
from parley_local.ports import free_port
from parley_local.stack import Stack

from tests.support.running.parts import SLOW_MODEL


@contextmanager
def running_stack(directory: Path) -> Iterator[Stack]:
    """Postgres, a slow model server with the demo model, db-api, chat-ui and, where there is one, nginx; no fakes."""
    directory.mkdir(exist_ok=True)
    with (
        (directory / "stack.log").open("w") as log,
        Stack(
            directory,
            port=free_port(),
            environment={**os.environ, **SLOW_MODEL},
            nginx=find_nginx(),
            output=log,
        ) as stack,
    ):
        yield stack
