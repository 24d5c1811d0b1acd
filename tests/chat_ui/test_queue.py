import asyncio
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import NoReturn

import pytest
from chat_ui.errors import GaveWay, QueueFull
from chat_ui.services.model.queue import STUCK_SECONDS, FairQueue
from chat_ui.services.model.tickets import ANY, Party

ANNA, BERT, CARA = (uuid.uuid4() for _ in range(3))


def run(slots: int, users: list[uuid.UUID], per_user: int = 2) -> list[int]:
    """The order in which these requests, made in this order, get their turn one after the other."""

    async def turns() -> list[int]:
        queue, order = FairQueue(per_user=per_user, capacity=100), []
        queue.resize({ANY: slots})

        async def take(number: int, user: uuid.UUID) -> None:
            async with queue.turn(Party(user), lambda _: None):
                order.append(number)
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as tasks:
            for number, user in enumerate(users):
                tasks.create_task(take(number, user))
        return order

    return asyncio.run(turns())


def test_one_users_requests_go_in_order() -> None:
    assert run(1, [ANNA] * 4) == [0, 1, 2, 3]


def test_ten_requests_of_one_do_not_starve_another() -> None:
    assert run(1, [ANNA] * 10 + [BERT]).index(10) == 1


def test_users_take_turns() -> None:
    assert run(1, [ANNA, ANNA, ANNA, BERT, BERT, CARA]) == [0, 3, 5, 1, 4, 2]


def test_one_user_has_at_most_so_many_at_once() -> None:
    async def most_at_once() -> int:
        queue, running, most = FairQueue(per_user=2, capacity=100), 0, 0
        queue.resize({ANY: 8})

        async def take() -> None:
            nonlocal running, most
            async with queue.turn(Party(ANNA), lambda _: None):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0)  # all others could start now
                running -= 1

        await asyncio.gather(*(take() for _ in range(8)))
        return most

    assert asyncio.run(most_at_once()) == 2


def test_who_waits_is_told_the_place() -> None:
    async def places() -> list[int]:
        queue, told = FairQueue(per_user=1, capacity=100), list[int]()
        async with AsyncExitStack() as first:
            await first.enter_async_context(queue.turn(Party(ANNA), lambda _: None))
            waiting = [asyncio.create_task(wait(queue, user, told)) for user in (BERT, CARA)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        return told

    async def wait(queue: FairQueue, user: uuid.UUID, told: list[int]) -> None:
        async with queue.turn(Party(user), told.append if user is CARA else lambda _: None):
            pass

    assert asyncio.run(places()) == [2, 1]


def test_who_gives_up_leaves_the_queue() -> None:
    async def left() -> bool:
        queue = FairQueue(per_user=2, capacity=1)
        async with queue.turn(Party(ANNA), lambda _: None):
            waiting = asyncio.create_task(queue.turn(Party(BERT), lambda _: None).__aenter__())
            await asyncio.sleep(0)
            assert queue.is_full
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return not queue.is_full

    assert asyncio.run(left())


def test_a_full_queue_refuses() -> None:
    queue = FairQueue(per_user=2, capacity=0)
    with pytest.raises(QueueFull):
        queue.refuse_if_full(Party(ANNA))


def test_spare_time_waits_for_replies_and_gives_way_to_the_next_one() -> None:
    async def order() -> list[str]:
        queue, seen, begun = FairQueue(per_user=1, capacity=9), [], asyncio.Event()

        async def spare() -> None:
            with suppress(GaveWay):
                async with queue.spare_time():
                    seen.append("spare time")
                    begun.set()
                    await asyncio.Event().wait()
            seen.append("gave way")

        async with queue.turn(Party(ANNA), lambda _: None):
            waiting = asyncio.create_task(spare())
            await asyncio.sleep(0)
            seen.append("first reply")
        await begun.wait()
        async with queue.turn(Party(BERT), lambda _: None):
            seen.append("second reply")
        await waiting
        return seen

    assert asyncio.run(order()) == ["first reply", "spare time", "gave way", "second reply"]


def test_a_reply_begins_after_the_spare_time_has_ended() -> None:
    async def seen() -> list[str]:
        queue, seen, begun = FairQueue(per_user=1, capacity=9), [], asyncio.Event()

        async def spare() -> None:
            async with queue.spare_time():
                try:
                    begun.set()
                    await asyncio.Event().wait()
                finally:
                    for _ in range(10):  # the end takes some turns of the event loop
                        await asyncio.sleep(0)
                    seen.append("put away")

        waiting = asyncio.create_task(spare())
        await begun.wait()
        async with queue.turn(Party(BERT), lambda _: None):
            seen.append("reply")
        with pytest.raises(GaveWay):
            await waiting
        return seen

    assert asyncio.run(seen()) == ["put away", "reply"]


class BrokenText(Exception):
    pass


def broken(*_: object) -> NoReturn:
    raise BrokenText


def test_a_ticket_whose_lane_cannot_be_found_fails_alone() -> None:
    async def turns() -> None:
        queue = FairQueue(per_user=1, capacity=9)
        for _ in range(3):
            with pytest.raises(BrokenText):
                async with queue.turn(Party(ANNA), lambda _: None, broken):
                    pytest.fail("it got a turn")
            async with queue.turn(Party(BERT), lambda _: None):
                pass
        assert not queue.is_stuck

    asyncio.run(turns())


def test_a_waiting_ticket_that_starts_to_fail_ends_alone() -> None:
    async def turns() -> list[str]:
        queue, seen = FairQueue(per_user=1, capacity=9), list[str]()
        lanes = {"anna": ANY}

        async def wait(user: uuid.UUID, name: str) -> None:
            try:
                async with queue.turn(Party(user), lambda _: None, lambda: lanes.get(name, ANY)):
                    seen.append(name)
            except KeyError:
                seen.append(f"{name} failed")

        class Vanished(dict[str, str]):
            def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
                return self[key]

        async with queue.turn(Party(CARA), lambda _: None):
            waiting = [asyncio.create_task(wait(user, name)) for user, name in ((ANNA, "anna"), (BERT, "bert"))]
            await asyncio.sleep(0)
            lanes = Vanished(bert=ANY)
        await asyncio.gather(*waiting)
        return seen

    assert sorted(asyncio.run(turns())) == ["anna failed", "bert"]


def test_a_place_that_cannot_be_reported_fails_its_own_ticket_alone() -> None:
    async def turns() -> None:
        queue = FairQueue(per_user=1, capacity=9)
        async with queue.turn(Party(CARA), lambda _: None):
            anna = asyncio.create_task(queue.turn(Party(ANNA), broken).__aenter__())
            bert = asyncio.create_task(queue.turn(Party(BERT), lambda _: None).__aenter__())
            await asyncio.sleep(0)
        with pytest.raises(BrokenText):
            await anna
        await bert

    asyncio.run(turns())


def test_many_guests_of_one_network_come_after_the_first_reply_of_another() -> None:
    async def order() -> list[str]:
        queue, order = FairQueue(per_user=2, capacity=100), list[str]()

        async def take(party: Party) -> None:
            async with queue.turn(party, lambda _: None):
                order.append(party.network)
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(take(Party(uuid.uuid4(), "198.51.100.7")))
            tasks.create_task(take(Party(ANNA, "203.0.113.5")))
        return order

    assert asyncio.run(order()).index("203.0.113.5") <= 1


@contextmanager
def waiting(queue: FairQueue, parties: Iterable[Party]) -> Iterator[None]:
    """Fills the queue with waiting tickets behind one that runs."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(queue.turn(party, lambda _: None).__aenter__()) for party in parties]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def refused(queue: FairQueue, party: Party) -> bool:
    try:
        queue.refuse_if_full(party)
    except QueueFull:
        return True
    return False


@pytest.mark.parametrize(
    ("others", "party", "is_refused"),
    [
        ([Party(ANNA)] * 3, Party(ANNA), False),
        ([Party(ANNA)] * 4, Party(ANNA), True),  # a few of one user
        ([Party(ANNA)] * 4, Party(BERT), False),
        ([Party(uuid.UUID(int=n), "net") for n in range(8)], Party(BERT, "net"), True),  # half for one network
        ([Party(uuid.UUID(int=n), "net") for n in range(8)], Party(BERT, "other"), False),
        ([Party(uuid.UUID(int=n)) for n in range(11)] + [Party(BERT)], Party(BERT), True),  # the rest is for others
        ([Party(uuid.UUID(int=n)) for n in range(12)], Party(BERT), False),
        ([Party(uuid.UUID(int=n)) for n in range(16)], Party(BERT), True),  # full
    ],
)
def test_nobody_takes_all_places(others: list[Party], party: Party, *, is_refused: bool) -> None:
    async def check() -> bool:
        queue = FairQueue(per_user=2, capacity=16, waiting_per_user=4)
        async with queue.turn(Party(CARA), lambda _: None):
            with waiting(queue, others):
                await asyncio.sleep(0)
                return refused(queue, party)

    assert asyncio.run(check()) is is_refused


def test_a_queue_that_makes_no_progress_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check() -> None:
        queue, now = FairQueue(per_user=2, capacity=16), [100.0]
        monkeypatch.setattr("chat_ui.services.model.queue.time.monotonic", lambda: now[0])
        monkeypatch.setattr(queue, "_admit", lambda: None)
        with waiting(queue, [Party(ANNA)]):
            await asyncio.sleep(0)
            assert not queue.is_stuck
            now[0] += STUCK_SECONDS
            assert queue.is_stuck
            await asyncio.sleep(0)

    asyncio.run(check())


def test_a_queue_that_waits_for_a_slot_is_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check() -> None:
        queue, now = FairQueue(per_user=2, capacity=16), [100.0]
        monkeypatch.setattr("chat_ui.services.model.queue.time.monotonic", lambda: now[0])
        async with queue.turn(Party(CARA), lambda _: None):
            with waiting(queue, [Party(ANNA)]):
                await asyncio.sleep(0)
                for _ in range(5):
                    assert not queue.is_stuck
                    now[0] += STUCK_SECONDS

    asyncio.run(check())


def test_a_place_that_is_reserved_counts_as_taken() -> None:
    queue = FairQueue(per_user=2, capacity=4)
    with queue.reserve(Party(ANNA, "net")), queue.reserve(Party(BERT, "net")):
        assert refused(queue, Party(CARA, "net"))
        assert not refused(queue, Party(CARA, "other"))
    assert not refused(queue, Party(CARA, "net"))
