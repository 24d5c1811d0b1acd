"""The runner, with shell commands as services."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from parley_local.child import Service
from parley_local.errors import ServiceFailed, StopRequested
from parley_local.guardian import Guardian
from parley_local.log import Log
from parley_local.runner import Runner
from parley_local.waiting import StopRequests

from tests.support.running.waiting import wait_until


def shell(name: str, script: str, ready_line: bytes = b"ready") -> Service:
    return Service(name, ["sh", "-c", script], environment=os.environ, ready_line=ready_line)


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def stop_requests() -> StopRequests:
    return StopRequests()


@pytest.fixture
def runner(tmp_path: Path, output: io.StringIO, stop_requests: StopRequests) -> Iterator[Runner]:
    with (tmp_path / "lock").open("w") as lock, Guardian(lock.fileno()) as guardian:
        runner = Runner(Log(output, when_lost=stop_requests.add), guardian, stop_requests)
        yield runner
        runner.stop()


def test_every_line_has_the_name_of_its_service(runner: Runner, output: io.StringIO) -> None:
    runner.run(shell("migrate", "echo one; echo two >&2"))
    assert [line.split(" ", 1)[1] for line in output.getvalue().splitlines()] == ["migrate | one", "migrate | two"]


def test_a_command_that_fails_is_named(runner: Runner) -> None:
    with pytest.raises(ServiceFailed, match=r"migrate failed \(exit code 3\)"):
        runner.run(shell("migrate", "exit 3"))


def test_a_service_that_ends_before_it_is_ready_is_named(runner: Runner) -> None:
    with pytest.raises(ServiceFailed, match="db ended before it was ready"):
        runner.wait_until_ready(runner.start(shell("db", "exit 1")))


def test_a_service_that_ends_is_restarted(runner: Runner, output: io.StringIO) -> None:
    runner.wait_until_ready(runner.start(shell("db", "echo ready")))
    wait_until(lambda: output.getvalue().count("db      | ready") == 2)
    assert "db ended (exit code 0); restarting in 1 s." in output.getvalue()


def test_a_process_that_a_service_leaves_behind_is_killed(runner: Runner, output: io.StringIO) -> None:
    service = shell("db", "sleep 1000 & echo $! ready; exit 0")
    runner.wait_until_ready(runner.start(service))
    left_behind = int(output.getvalue().split("|")[1].split()[0])
    wait_until(lambda: not is_alive(left_behind))


def test_the_last_started_is_stopped_first(runner: Runner, output: io.StringIO) -> None:
    script = "trap 'echo {0} stops; exit' TERM; echo ready; while :; do sleep 0.05; done"
    for name in ("db", "db-api", "chat-ui"):
        runner.wait_until_ready(runner.start(shell(name, script.format(name))))
    runner.stop()
    stops = [line.split("| ")[1] for line in output.getvalue().splitlines() if line.endswith("stops")]
    assert stops == ["chat-ui stops", "db-api stops", "db stops"]


def test_a_service_that_ignores_the_request_to_stop_is_killed(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley_local.child.STOP_SECONDS", 0.1)
    child = runner.start(shell("db", "trap '' TERM; echo ready; while :; do sleep 0.05; done"))
    runner.wait_until_ready(child)
    runner.stop()
    assert child.exit_code == -9


def test_a_request_to_stop_ends_every_wait(runner: Runner, stop_requests: StopRequests) -> None:
    stop_requests.add()
    with pytest.raises(StopRequested):
        runner.run(shell("migrate", "sleep 1000"))


def is_alive(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().split()[2] != "Z"
