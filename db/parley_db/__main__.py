"""Run the embedded Postgres in the foreground: `python -m parley_db --data DIR --secrets DIR [--port N]`."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from parley_db.embedded import EmbeddedPostgres
from parley_db.errors import EmbeddedPostgresError


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments = _read_arguments()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    server = EmbeddedPostgres(arguments.data, arguments.port, arguments.secrets)
    try:
        server.start()
        logging.info("Postgres is ready: %s", server.database_url)
        server.wait()
    except EmbeddedPostgresError as error:
        sys.exit(f"db: {error}")
    finally:
        server.stop()


def _leave(*_: object) -> None:
    """Exit by unwinding the stack; ignore a second Ctrl-C, which must not interrupt the shutdown."""
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, signal.SIG_IGN)
    sys.exit(0)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m parley_db", description="Postgres 18 on 127.0.0.1.")
    parser.add_argument("--data", type=Path, required=True, help="the data directory; created on first start")
    parser.add_argument(
        "--secrets",
        type=Path,
        required=True,
        help="a directory with the files postgres_password, owner_password and api_password",
    )
    parser.add_argument("--port", type=int, default=5432)
    return parser.parse_args()


if __name__ == "__main__":
    main()
