"""Tickets in the queue for the model, and the fair order between them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chat_ui.models.people import Visitor

Place = int
"""1 is next."""

Lane = str
ANY: Lane = ""


def any_lane() -> Lane:
    return ANY


@dataclass(frozen=True)
class Party:
    """Whom a reply is for: turns and places are shared between networks first, then between users."""

    user_id: UUID
    network: str = ""
    """Where the user's requests come from, see `Visitor`; empty: unknown, the user stands alone."""

    @property
    def group(self) -> str:
        return self.network or str(self.user_id)


def party_of(visitor: Visitor) -> Party:
    return Party(visitor.user_id, visitor.network)


@dataclass(eq=False)
class Ticket:
    party: Party
    arrival: int
    moved: Callable[[Place], None]
    """Called whenever the place changes."""
    wanted_lane: Callable[[], Lane]
    """Returns the ticket's lane; called anew each time, since servers come and go."""
    admitted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    lane: Lane = ANY
    """The lane in which the admitted ticket runs."""
    place: Place = 0


def in_fair_order(
    waiting: Sequence[Ticket], running: Sequence[Ticket], last_turns: Mapping[UUID | str, int]
) -> list[Ticket]:
    """Order by the network's replies ahead of this one, then by its last turn.

    Within a network, the same holds for its users; then the order of arrival decides.
    """
    of_user = Counter(ticket.party.user_id for ticket in running)
    ranks: dict[Ticket, tuple[int, int, int]] = {}
    for ticket in waiting:
        user_id = ticket.party.user_id
        ranks[ticket] = (of_user[user_id], last_turns.get(user_id, 0), ticket.arrival)
        of_user[user_id] += 1
    of_group = Counter(ticket.party.group for ticket in running)
    ahead: dict[Ticket, tuple[int, int]] = {}
    for ticket in sorted(ranks, key=ranks.__getitem__):
        group = ticket.party.group
        ahead[ticket] = (of_group[group], last_turns.get(group, 0))
        of_group[group] += 1
    return sorted(ahead, key=lambda ticket: (ahead[ticket], ranks[ticket]))
