"""`make run`: everything starts, serves, stops and leaves only its data behind."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from parley_local.ports import LOOPBACK, free_port

from tests.support.drivers.visitor_without_scripts import VisitorWithoutScripts, visiting_without_scripts
from tests.support.running.local_run import LocalRun, all_gone, local_run

READY = "Parley is ready"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def visitor(port: int) -> Iterator[VisitorWithoutScripts]:
    with visiting_without_scripts(f"http://{LOOPBACK}:{port}") as visitor:
        yield visitor


def test_it_serves_a_conversation_stops_and_finds_the_chat_again(
    place: Path, port: int, visitor: VisitorWithoutScripts
) -> None:
    with local_run(place, port) as run:
        run.wait_for(READY)
        chat = visitor.open_chat("Ada")
        answer = visitor.ask(chat, "What is the capital of France?")
        stops_cleanly(run)
    with local_run(place, port, PATH=path_with_an_old_nginx(place)) as run:
        run.wait_for("so chat-ui serves directly: unknown directive")
        run.wait_for(READY)
        assert visitor.last_reply(chat) == answer
        refuses_a_second_run(place)
        dies_without_orphans(run)


def path_with_an_old_nginx(directory: Path) -> str:
    nginx = directory / "old-nginx" / "nginx"
    nginx.parent.mkdir()
    nginx.write_text("#!/bin/sh\necho unknown directive >&2\nexit 1\n")
    nginx.chmod(0o755)
    return f"{nginx.parent}{os.pathsep}{os.environ['PATH']}"


def stops_cleanly(run: LocalRun) -> None:
    services = run.descendants()
    run.interrupt()
    run.interrupt()
    assert run.finish() == 0
    assert all_gone(services, seconds=1)
    assert "Traceback" not in "".join(run.lines)


def refuses_a_second_run(directory: Path) -> None:
    with local_run(directory, free_port()) as second:
        assert second.finish() == 1
    assert len(second.lines) == 1
    assert "already runs in this folder" in second.lines[0]


def dies_without_orphans(run: LocalRun) -> None:
    services = run.descendants()
    run.process.kill()
    assert all_gone(services, seconds=15)


@pytest.mark.parametrize("moment", ["Creating a new database", "migrate |", "lm-api  |"])
def test_an_interrupted_start_leaves_nothing_running(place: Path, port: int, moment: str) -> None:
    with local_run(place, port) as run:
        run.wait_for(moment)
        services = run.descendants()
        run.interrupt()
        assert run.finish() == 0
    assert all_gone(services, seconds=1)


def test_a_port_in_use_is_named_in_one_sentence(tmp_path: Path, port: int) -> None:
    with socket.create_server((LOOPBACK, port)), local_run(tmp_path, port) as run:
        assert run.finish() == 1
    assert len(run.lines) == 1
    assert f"Port {port} is in use" in run.lines[0]


def test_a_folder_that_cannot_be_written_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with local_run(tmp_path / "file" / "folder", free_port()) as run:
        assert run.finish() == 1
    assert len(run.lines) == 1
    assert "Cannot write to" in run.lines[0]


def test_an_invalid_setting_is_named_in_one_sentence(tmp_path: Path) -> None:
    with local_run(tmp_path, free_port(), PARLEY_PORT="eighty") as run:
        assert run.finish() == 1
    assert len(run.lines) == 1
    assert "PARLEY_PORT=eighty" in run.lines[0]
