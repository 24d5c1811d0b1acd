"""A hostile user beside an ordinary one: whatever the first does, the second opens pages and gets answers in time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.hostile_acts import ACTS, Act, Hostile
from tests.faults.open_system import HOSTILE, ORDINARY, OpenSystem, OrdinaryUser, is_ready, open_system


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[OpenSystem]:
    with open_system() as system:
        yield system


@pytest.fixture(scope="module")
def ordinary(open_to_all: OpenSystem) -> OrdinaryUser:
    return OrdinaryUser(open_to_all.visitor(ORDINARY))


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_ordinary_user_does_not_notice(open_to_all: OpenSystem, ordinary: OrdinaryUser, act: Act) -> None:
    hostile, before = Hostile(open_to_all, HOSTILE.format(ACTS.index(act))), len(open_to_all.log())
    ordinary.start_chat()
    with ThreadPoolExecutor(1) as thread:
        acting = thread.submit(act, hostile)
        ordinary.use()
        while not acting.done():
            ordinary.use()
    acting.result()
    ordinary.use()
    is_ready(open_to_all)
    print(f"\n{act.__name__}: page {max(ordinary.pages):.2f} s, reply {max(ordinary.replies):.2f} s; {hostile.summary}")
    assert "Traceback" not in open_to_all.log()[before:]
    assert hostile.failures == []
