"""The whole local system, started by the same code as `make run`."""

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
    """Run Postgres, db-api, chat-ui, a slowed model server with the demo model and, if installed, nginx; no fakes."""
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
