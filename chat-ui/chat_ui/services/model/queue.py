"""The queue for the model: as many replies run as the servers have slots, the rest wait in a fair order.

Each model server is a lane. A reply waits for the lane whose server has its chat in its cache, while replies for other
lanes pass it. Background work (reading a prompt ahead, titles) runs only while no reply runs or waits.

The queue is shared by all users, so whatever fails for one ticket ends that ticket alone.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

from chat_ui.errors import GaveWay, QueueFull
from chat_ui.services.model.tickets import Lane, Party, Place, Ticket, any_lane, in_fair_order

STUCK_SECONDS = 10.0
"""A ticket that could run is admitted at once; one that could for this long shows that the queue is broken."""


class FairQueue:
    """Alternates between networks and between users: a user's second reply waits behind everybody's first.

    Args:
        per_user: the most replies of one user that run at once.
        capacity: the most replies that wait. A network may take half of the places; a user who already waits may take
            three quarters, so that the rest is left for others.
        waiting_per_user: the most replies of one user that wait; a quarter of the places unless given.
    """

    def __init__(self, *, per_user: int, capacity: int, waiting_per_user: int | None = None) -> None:
        self._slots: Mapping[Lane, int] = {}
        """Replies that may run at once in each lane; see `resize`."""
        self._per_user = per_user
        self._capacity = capacity
        self._waiting_per_user = waiting_per_user or max(1, capacity // 4)
        self._arrivals = 0
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._reserved: list[Party] = []
        """Replies whose messages are being stored; see `reserve`."""
        self._last_turns: dict[UUID | str, int] = {}
        """The number of the last turn of each user and network that runs or waits."""
        self._turns = 0
        self._spare = asyncio.Lock()
        self._spare_block: asyncio.Timeout | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._could_run_since: float | None = None

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= self._capacity

    @property
    def is_stuck(self) -> bool:
        """Whether a ticket has waited beside a free slot for `STUCK_SECONDS`."""
        if self._spare_block or not any(self._may_run(ticket) for ticket in tuple(self._waiting)):
            self._could_run_since = None
            return False
        now = time.monotonic()
        self._could_run_since = self._could_run_since or now
        return now - self._could_run_since >= STUCK_SECONDS

    @property
    def slots(self) -> int:
        return sum(self._slots.values()) or 1

    def refuse_if_full(self, party: Party) -> None:
        """Check for room before a message is stored, so that a refused draft stays with its author.

        Raises:
            QueueFull: the queue, or this party's share of it, is full.
        """
        waiting = [*(ticket.party for ticket in self._waiting), *self._reserved]
        of_user = sum(other.user_id == party.user_id for other in waiting)
        of_group = sum(other.group == party.group for other in waiting)
        shared = party.network and of_group >= max(1, self._capacity // 2)
        greedy = of_user and len(waiting) >= self._capacity - self._capacity // 4
        if len(waiting) >= self._capacity or shared or greedy or of_user >= self._waiting_per_user:
            raise QueueFull

    @contextmanager
    def reserve(self, party: Party) -> Iterator[None]:
        """Hold a place during the block, in which a message is stored and its reply started.

        Raises:
            QueueFull: see `refuse_if_full`.
        """
        self.refuse_if_full(party)
        self._reserved.append(party)
        try:
            yield
        finally:
            self._reserved.remove(party)

    @asynccontextmanager
    async def turn(
        self, party: Party, moved: Callable[[Place], None], wanted_lane: Callable[[], Lane] = any_lane
    ) -> AsyncIterator[Callable[[Lane], None]]:
        """Wait for a slot and hold it during the block.

        Yields a function that moves the ticket to another lane, even if that lane is full.
        """
        ticket = Ticket(party, self._arrivals, moved, wanted_lane)
        self._arrivals += 1
        try:
            self._waiting.append(ticket)
            self._quiet.clear()
            self._admit()
            await ticket.admitted
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
            ticket.lane = lane
            self._admit()

    def _leave(self, ticket: Ticket) -> None:
        for tickets in (self._running, self._waiting):
            if ticket in tickets:
                tickets.remove(ticket)
        others = [other.party for other in (*self._running, *self._waiting)]
        if all(other.user_id != ticket.party.user_id for other in others):
            self._last_turns.pop(ticket.party.user_id, None)
        if all(other.group != ticket.party.group for other in others):
            self._last_turns.pop(ticket.party.group, None)
        self._admit()
        if not self._waiting and not self._running:
            self._quiet.set()

    def _admit(self) -> None:
        """Start every ticket that may run now, then report the places of the others."""
        if self._spare_block and self._waiting:
            self._end_spare_block(self._spare_block)
        while not self._spare_block and (ticket := next(filter(self._may_run, self._in_order()), None)):
            self._start(ticket)
        ahead: Counter[Lane] = Counter()
        for ticket in self._in_order():
            with self._failing_alone(ticket):
                ahead[lane := ticket.wanted_lane()] += 1
                self._report(ticket, ahead[lane])

    def _start(self, ticket: Ticket) -> None:
        self._waiting.remove(ticket)
        with self._failing_alone(ticket):
            ticket.lane = ticket.wanted_lane()
            self._running.append(ticket)
            self._turns += 1
            self._last_turns[ticket.party.user_id] = self._last_turns[ticket.party.group] = self._turns
            if not ticket.admitted.done():
                ticket.admitted.set_result(None)

    @staticmethod
    def _report(ticket: Ticket, place: Place) -> None:
        if place != ticket.place:
            ticket.place = place
            ticket.moved(place)

    @contextmanager
    def _failing_alone(self, ticket: Ticket) -> Iterator[None]:
        """Raise an exception of the block where the ticket is awaited, for nobody else."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again by `turn`
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if not ticket.admitted.done():
                ticket.admitted.set_exception(error)

    @staticmethod
    def _end_spare_block(block: asyncio.Timeout) -> None:
        if block.when() is None:  # not rescheduled yet
            block.reschedule(asyncio.get_running_loop().time())

    def _may_run(self, ticket: Ticket) -> bool:
        with self._failing_alone(ticket):
            return self._has_room(ticket.party, ticket.wanted_lane())
        return False

    def _has_room(self, party: Party, lane: Lane) -> bool:
        of_user = sum(ticket.party.user_id == party.user_id for ticket in self._running)
        in_lane = sum(ticket.lane == lane for ticket in self._running)
        return of_user < self._per_user and in_lane < self._slots.get(lane, 1)

    def _in_order(self) -> list[Ticket]:
        return in_fair_order(self._waiting, self._running, self._last_turns)
