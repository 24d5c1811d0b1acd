"""The embedded Postgres that `make run` and the tests use."""

import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psutil
import psycopg2
import pytest
from parley_db.account import choose_account
from parley_db.binaries import find_binary
from parley_db.embedded import EmbeddedPostgres
from parley_db.errors import CommandFailed, PortTaken
from parley_local.ports import free_port

from tests.support.running.database import FAST_AND_LOOSE, SECRETS

SECONDS = 60
NOBODY = 65534


@pytest.fixture
def secrets(place: Path) -> Path:
    directory = place / "secrets"
    directory.mkdir()
    for name in SECRETS:
        (directory / name).write_text(f'it\'s a "{name}" \\ with $quotes\n')
    return directory


class Command:
    """`python -m parley_db` as a child process."""

    def __init__(self, data: Path, secrets: Path, port: int) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", "parley_db", "--data", data, "--secrets", secrets, "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, words: str) -> None:
        assert self.process.stdout is not None
        assert any(words in line for line in self.process.stdout)

    def finish(self) -> str:
        output, _ = self.process.communicate(timeout=SECONDS)
        return output

    @property
    def postgres(self) -> psutil.Process:
        return psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))


@pytest.fixture
def run(place: Path, secrets: Path) -> Iterator["Runner"]:
    runner = Runner(place / "data", secrets)
    yield runner
    for command in runner.commands:
        command.process.send_signal(signal.SIGTERM)
        command.finish()


class Runner:
    def __init__(self, data: Path, secrets: Path) -> None:
        self.data, self.secrets, self.port = data, secrets, free_port()
        self.commands: list[Command] = []

    def __call__(self) -> Command:
        self.commands.append(Command(self.data, self.secrets, self.port))
        return self.commands[-1]

    def ask(self, question: str) -> object:
        password = (self.secrets / "owner_password").read_text().strip()
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, dbname="parley", user="parley_owner", password=password
        )
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchone() if cursor.description else None
        finally:
            connection.close()


def test_stored_data_survives_a_stop_and_a_kill(run: Runner) -> None:
    first = run()
    first.read_until("Postgres is ready")
    run.ask("CREATE TABLE kept (word text)")
    first.process.send_signal(signal.SIGTERM)
    assert "database system is shut down" in first.finish()
    assert first.process.returncode == 0

    second = run()
    second.read_until("Postgres is ready")
    run.ask("INSERT INTO kept VALUES ('still here')")
    left_behind = second.postgres
    second.process.kill()
    second.process.wait(SECONDS)
    assert left_behind.is_running()

    third = run()
    third.read_until("Stopping the Postgres that an earlier run left behind")
    third.read_until("Postgres is ready")
    assert run.ask("SELECT word FROM kept") == ("still here",)
    assert not left_behind.is_running()

    third.process.kill()
    third.postgres.kill()
    third.process.wait(SECONDS)
    fourth = run()
    fourth.read_until("Postgres is ready")
    assert run.ask("SELECT word FROM kept") == ("still here",)
    fourth.process.send_signal(signal.SIGINT)
    fourth.finish()
    assert fourth.process.returncode == 0


def test_an_interrupted_start_does_not_disturb_the_next(run: Runner) -> None:
    for delay in (0, 0.2, 0.6, 1.0):
        command = run()
        assert command.process.stdout is not None
        if "Creating a new database" in command.process.stdout.readline():
            time.sleep(delay)  # at any point of the first start: initdb, the start of the server, the roles
        command.process.send_signal(signal.SIGINT)
        command.finish()
        assert command.process.returncode == 0
    run().read_until("Postgres is ready")
    assert run.ask("SELECT current_user") == ("parley_owner",)


def test_a_crash_of_postgres_ends_the_command_with_a_message(run: Runner) -> None:
    command = run()
    command.read_until("Postgres is ready")
    command.postgres.kill()
    assert "db: Postgres stopped with exit code -9" in command.finish()
    assert command.process.returncode == 1


def test_a_stale_pid_that_another_process_has_now_does_no_harm(run: Runner) -> None:
    command = run()
    command.read_until("Postgres is ready")
    pid_file = run.data / "postmaster.pid"
    content = pid_file.read_text()
    command.process.send_signal(signal.SIGTERM)
    command.finish()
    pid_file.write_text(content.replace(content.split()[0], str(os.getpid()), 1))
    run().read_until("Postgres is ready")


def test_a_taken_port_is_named(place: Path, secrets: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken"),
            EmbeddedPostgres(place / "data", port, secrets),
        ):
            pass


def test_a_missing_secret_is_named(place: Path, secrets: Path) -> None:
    (secrets / "api_password").unlink()
    server = EmbeddedPostgres(place / "data", free_port(), secrets, FAST_AND_LOOSE)
    with pytest.raises(CommandFailed, match="The secret api_password cannot be read"), server:
        pass


def test_no_process_of_it_runs_as_root(place: Path, secrets: Path) -> None:
    with EmbeddedPostgres(place / "data", free_port(), secrets, FAST_AND_LOOSE) as server:
        postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
        users = {process.uids().real for process in [postmaster, *postmaster.children()]}
    assert 0 not in users
    assert len(users) == 1


def test_only_its_owner_reads_the_data(place: Path, secrets: Path) -> None:
    with EmbeddedPostgres(place / "data", free_port(), secrets, FAST_AND_LOOSE) as server:
        assert server.data.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can switch accounts")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_root_can_run_it_after_an_ordinary_user(place: Path, secrets: Path) -> None:
    data = place / "home" / "data"
    data.parent.mkdir()
    for path in (data.parent, secrets, *secrets.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    choose_account(data).open_way_to(data)
    # A fork, because other users often cannot execute root's Python.
    if (child := os.fork()) == 0:
        _run_as_nobody(data, secrets)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with EmbeddedPostgres(data, free_port(), secrets, FAST_AND_LOOSE):
        assert data.stat().st_uid == NOBODY


def _run_as_nobody(data: Path, secrets: Path) -> NoReturn:
    code = 1
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with EmbeddedPostgres(data, free_port(), secrets, FAST_AND_LOOSE):
            code = 0
    finally:
        traceback.print_exc()
        os._exit(code)


def test_it_is_postgres_18(place: Path) -> None:
    version = subprocess.run([find_binary("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    assert " 18." in version
