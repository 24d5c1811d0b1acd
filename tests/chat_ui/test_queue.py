import asyncio
import uuid
from contextlib import AsyncExitStack, suppress

import pytest
from chat_ui.errors import GaveWay, QueueFull
from chat_ui.services.model.queue import ANY, FairQueue

ANNA, BERT, CARA = (uuid.uuid4() for _ in range(3))


def run(slots: int, users: list[uuid.UUID], per_user: int = 2) -> list[int]:
    """The order in which these requests, made in this order, get their turn one after the other."""

    async def turns() -> list[int]:
        queue, order = FairQueue(per_user=per_user, capacity=100), []
        queue.resize({ANY: slots})

        async def take(number: int, user: uuid.UUID) -> None:
            async with queue.turn(user, lambda _: None):
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
            async with queue.turn(ANNA, lambda _: None):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.01)
                running -= 1

        await asyncio.gather(*(take() for _ in range(8)))
        return most

    assert asyncio.run(most_at_once()) == 2


def test_who_waits_is_told_the_place() -> None:
    async def places() -> list[int]:
        queue, told = FairQueue(per_user=1, capacity=100), []
        async with AsyncExitStack() as first:
            await first.enter_async_context(queue.turn(ANNA, lambda _: None))
            waiting = [asyncio.create_task(wait(queue, user, told)) for user in (BERT, CARA)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        return told

    async def wait(queue: FairQueue, user: uuid.UUID, told: list[int]) -> None:
        async with queue.turn(user, told.append if user is CARA else lambda _: None):
            pass

    assert asyncio.run(places()) == [2, 1]


def test_who_gives_up_leaves_the_queue() -> None:
    async def left() -> bool:
        queue = FairQueue(per_user=2, capacity=1)
        async with queue.turn(ANNA, lambda _: None):
            waiting = asyncio.create_task(queue.turn(BERT, lambda _: None).__aenter__())
            await asyncio.sleep(0)
            assert queue.is_full
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return not queue.is_full

    assert asyncio.run(left())


def test_a_full_queue_refuses() -> None:
    queue = FairQueue(per_user=2, capacity=0)
    with pytest.raises(QueueFull):
        queue.refuse_if_full()


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

        async with queue.turn(ANNA, lambda _: None):
            waiting = asyncio.create_task(spare())
            await asyncio.sleep(0)
            seen.append("first reply")
        await begun.wait()
        async with queue.turn(BERT, lambda _: None):
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
                    await asyncio.sleep(0.01)
                    seen.append("put away")

        waiting = asyncio.create_task(spare())
        await begun.wait()
        async with queue.turn(BERT, lambda _: None):
            seen.append("reply")
        with pytest.raises(GaveWay):
            await waiting
        return seen

    assert asyncio.run(seen()) == ["put away", "reply"]
