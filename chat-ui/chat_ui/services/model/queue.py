"""Who may use the model next. As many replies run as the servers have slots; the rest wait in a fair order.

Each model server is a lane: a reply waits for its own one, in which its chat is cached, while others go by.
What nobody waits for (reading a prompt ahead) has the models only while no reply does.
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
    """Told whenever the place changes."""
    wanted_lane: Callable[[], Lane]
    """Asked whenever it matters: a server may come and go while one waits for it."""
    lane: Lane = ANY
    """Where it runs, once admitted."""
    admitted: asyncio.Event = field(default_factory=asyncio.Event)


class FairQueue:
    """Takes turns between users: a user's second reply waits behind everybody's first.

    Args:
        per_user: replies of one user that may run at once.
        capacity: how many may wait.
    """

    def __init__(self, *, per_user: int, capacity: int) -> None:
        self._slots: Mapping[Lane, int] = {}
        """Replies that run at once; see `resize`."""
        self._per_user = per_user
        self._capacity = capacity
        self._arrivals = 0
        self._waiting: list[Ticket] = []
        self._running: Counter[UUID] = Counter()
        self._busy: Counter[Lane] = Counter()
        self._last_turns: dict[UUID, int] = {}
        """When each user in here last had a turn, as a count of turns."""
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
        """
        Raises:
            QueueFull: as many wait as may. Asked before a message is stored, so that its draft stays with its author.
        """
        if self.is_full:
            raise QueueFull

    @asynccontextmanager
    async def turn(
        self, user_id: UUID, moved: Callable[[Place], None], wanted_lane: Callable[[], Lane] = lambda: ANY
    ) -> AsyncIterator[Callable[[Lane], None]]:
        """Waits for a slot and holds it for the length of the block.

        Yields what is to be told when the block goes on in another lane, whether or not there is room.
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
        """Waits until no reply runs or waits, then runs the block: one at a time, in the order they came.

        A reply that comes ends the block, and begins when the block has ended: the model's slot is free then, with
        whatever it has read.

        Raises:
            GaveWay: a reply came.
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
        """Told how many slots each model server has, as soon as that is known."""
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
        if block.when() is None:  # once is enough
            block.reschedule(asyncio.get_running_loop().time())

    def _next(self) -> Ticket | None:
        return next((ticket for ticket in self._in_order() if self._may_run(ticket)), None)

    def _may_run(self, ticket: Ticket) -> bool:
        lane = ticket.wanted_lane()
        return self._running[ticket.user_id] < self._per_user and self._busy[lane] < self._slots.get(lane, 1)

    def _in_order(self) -> list[Ticket]:
        """By how many replies of the same user come before, then by whose last turn is longest ago, then by arrival."""
        ahead = Counter(self._running)
        ranks: dict[Ticket, tuple[int, int, int]] = {}
        for ticket in self._waiting:
            ranks[ticket] = (ahead[ticket.user_id], self._last_turns.get(ticket.user_id, 0), ticket.arrival)
            ahead[ticket.user_id] += 1
        return sorted(ranks, key=ranks.__getitem__)
