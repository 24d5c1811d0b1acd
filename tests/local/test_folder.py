"""One run at a time has the folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from parley_local.errors import CannotStart, StopRequested
from parley_local.folder import locked_folder

HOLD_UNTIL_INPUT_ENDS = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def do_not_rest(seconds: float) -> None:
    raise AssertionError("it waits")


def test_the_folder_is_created_and_names_its_run(tmp_path: Path) -> None:
    with locked_folder(tmp_path / "new" / "folder", do_not_rest):
        assert (tmp_path / "new" / "folder" / "lock").read_text() == str(os.getpid())


def test_nobody_else_may_list_the_folder(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o755)
    for name in ("old", "new"):
        with locked_folder(tmp_path / name, do_not_rest):
            assert (tmp_path / name).stat().st_mode & 0o066 == 0


def test_a_second_run_is_refused_at_once_and_names_the_first(tmp_path: Path) -> None:
    with (
        locked_folder(tmp_path, do_not_rest),
        pytest.raises(CannotStart, match=f"already runs in this folder \\(process {os.getpid()}\\)"),
        locked_folder(tmp_path, do_not_rest),
    ):
        pass
    with locked_folder(tmp_path, do_not_rest):
        pass


def killed_run(folder: Path) -> "subprocess.Popen[bytes]":
    """The guardian of a run that was killed: it still holds the lock, whose file names a process that is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with locked_folder(folder, do_not_rest) as lock:
        guardian = subprocess.Popen(HOLD_UNTIL_INPUT_ENDS, stdin=subprocess.PIPE, pass_fds=[lock])
        (folder / "lock").write_text(str(ended.pid))
    return guardian


def test_a_run_waits_until_the_services_of_a_killed_one_have_ended(tmp_path: Path) -> None:
    guardian = killed_run(tmp_path)
    rests = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        guardian.communicate()

    with locked_folder(tmp_path, rest):
        assert len(rests) == 1


def test_a_request_to_stop_ends_the_wait(tmp_path: Path) -> None:
    guardian = killed_run(tmp_path)

    def stop(seconds: float) -> None:
        raise StopRequested

    with pytest.raises(StopRequested), locked_folder(tmp_path, stop):
        pass
    guardian.communicate()
