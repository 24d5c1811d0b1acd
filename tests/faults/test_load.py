"""Many readers and requests at once, and what is left when they have gone; `make bench NAMES=soak` takes longer."""

from contextlib import AbstractContextManager
from pathlib import Path

from bench.soak import SETTINGS, Footprint, soak, tracebacks
from bench.system import System
from tests.support.running.database import place_for_postgres

READERS, RATE, SECONDS = 100, 20, 10


def test_a_crowd_meets_no_server_error_and_leaves_nothing_behind() -> None:
    with place_for_postgres() as folder, crowded(folder) as system:
        load, before, after = soak(system, READERS, RATE, SECONDS)
        assert load.wrong == []
        assert tracebacks(system) == []
    assert load.replies >= READERS
    assert_nothing_is_left(before, after)


def crowded(folder: Path) -> AbstractContextManager[System]:
    return System(folder / "load", SETTINGS, cores={}, fake=True, chat_ui="bench.counted_chat_ui").running()


def assert_nothing_is_left(before: Footprint, after: Footprint) -> None:
    assert after.leaked(before) == {}
    assert after.mebibytes <= 1.1 * before.mebibytes, (before, after)
