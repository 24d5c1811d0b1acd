"""The queue for the model: as many replies run as the servers have slots, the rest wait in a fair order.

Each model server is a lane. A reply waits for the lane whose server has its chat in its cache, while replies for other
lanes pass it. Background work (reading a prompt ahead, titles) runs only while no reply runs or waits.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from chat_ui.errors import GaveWay, QueueFull

Place = int
"""1 is next."""

Lane = str
ANY: Lane = ""


@dataclass(eq=False)
class Ticket:
    user_id: UUID
    arrival: int
    moved: Callable[[Place], None]
    """Called whenever the place changes."""
    wanted_lane: Callable[[], Lane]
    """Returns the ticket's lane; called anew each time, since servers come and go."""
    lane: Lane = ANY
    """The lane in which the admitted ticket runs."""
    admitted: asyncio.Event = field(default_factory=asyncio.Event)


class FairQueue:
    """Alternates between users: a user's second reply waits behind everybody's first.

    Args:
        per_user: the most replies of one user that run at once.
        capacity: the most replies that wait.
    """

    def __init__(self, *, per_user: int, capacity: int) -> None:
        self._slots: Mapping[Lane, int] = {}
        """Replies that may run at once in each lane; see `resize`."""
        self._per_user = per_user
        self._capacity = capacity
        self._arrivals = 0
        self._waiting: list[Ticket] = []
        self._running: Counter[UUID] = Counter()
        self._busy: Counter[Lane] = Counter()
        self._last_turns: dict[UUID, int] = {}
        """The number of the last turn of each user who runs or waits."""
        self._turns = 0
        self._spare = asyncio.Lock()
        self._spare_block: asyncio.Timeout | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= self._capacity

    @property
    def slots(self) -> int:
        return sum(self._slots.values()) or 1

    def refuse_if_full(self) -> None:
        """Check for room before a message is stored, so that a refused draft stays with its author.

        Raises:
            QueueFull: the queue is at its capacity.
        """
        if self.is_full:
            raise QueueFull

    @asynccontextmanager
    async def turn(
        self, user_id: UUID, moved: Callable[[Place], None], wanted_lane: Callable[[], Lane] = lambda: ANY
    ) -> AsyncIterator[Callable[[Lane], None]]:
        """Wait for a slot and hold it during the block.

        Yields a function that moves the ticket to another lane, even if that lane is full.
        """
        ticket = Ticket(user_id, self._arrivals, moved, wanted_lane)
        self._arrivals += 1
        self._waiting.append(ticket)
        self._quiet.clear()
        self._admit()
        try:
            await ticket.admitted.wait()
            yield lambda lane: self._move(ticket, lane)
        finally:
            self._leave(ticket)

    @asynccontextmanager
    async def spare_time(self) -> AsyncIterator[None]:
        """Wait until no reply runs or waits, then run the block. Blocks run one at a time, in order of arrival.

        A reply that arrives cancels the block and starts as soon as the block has ended, so that the slot is free and
        keeps what it has read.

        Raises:
            GaveWay: a reply arrived.
        """
        async with self._spare:
            while not self._quiet.is_set():
                await self._quiet.wait()
            try:
                async with asyncio.timeout(None) as block:
                    self._spare_block = block
                    yield
            except TimeoutError:
                if block.expired():
                    raise GaveWay from None
                raise
            finally:
                self._spare_block = None
                self._admit()

    def resize(self, slots: Mapping[Lane, int]) -> None:
        """Set the number of slots of each model server."""
        if slots != self._slots:
            self._slots = slots
            self._admit()

    def _move(self, ticket: Ticket, lane: Lane) -> None:
        if lane != ticket.lane:
            self._busy[ticket.lane] -= 1
            self._busy[lane] += 1
            ticket.lane = lane
            self._admit()

    def _leave(self, ticket: Ticket) -> None:
        if ticket.admitted.is_set():
            self._running[ticket.user_id] -= 1
            self._busy[ticket.lane] -= 1
        else:
            self._waiting.remove(ticket)
        if not self._running[ticket.user_id] and all(other.user_id != ticket.user_id for other in self._waiting):
            self._last_turns.pop(ticket.user_id, None)
        self._admit()
        if not self._waiting and not self._running.total():
            self._quiet.set()

    def _admit(self) -> None:
        if self._spare_block and self._waiting:
            self._end_spare_block(self._spare_block)
        while not self._spare_block and (ticket := self._next()):
            self._waiting.remove(ticket)
            ticket.lane = ticket.wanted_lane()
            self._busy[ticket.lane] += 1
            self._running[ticket.user_id] += 1
            self._turns += 1
            self._last_turns[ticket.user_id] = self._turns
            ticket.admitted.set()
        ahead: Counter[Lane] = Counter()
        for ticket in self._in_order():
            ahead[lane := ticket.wanted_lane()] += 1
            ticket.moved(ahead[lane])

    @staticmethod
    def _end_spare_block(block: asyncio.Timeout) -> None:
        if block.when() is None:  # not rescheduled yet
            block.reschedule(asyncio.get_running_loop().time())

    def _next(self) -> Ticket | None:
        return next((ticket for ticket in self._in_order() if self._may_run(ticket)), None)

    def _may_run(self, ticket: Ticket) -> bool:
        lane = ticket.wanted_lane()
        return self._running[ticket.user_id] < self._per_user and self._busy[lane] < self._slots.get(lane, 1)

    def _in_order(self) -> list[Ticket]:
        """Order by the user's replies ahead of this one, then by the user's last turn, then by arrival."""
        ahead = Counter(self._running)
        ranks: dict[Ticket, tuple[int, int, int]] = {}
        for ticket in self._waiting:
            ranks[ticket] = (ahead[ticket.user_id], self._last_turns.get(ticket.user_id, 0), ticket.arrival)
            ahead[ticket.user_id] += 1
        return sorted(ranks, key=ranks.__getitem__)
