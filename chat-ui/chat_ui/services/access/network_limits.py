"""How much may come from one network: an IPv4 address or an IPv6 /64.

A new guest costs one request, so limits per user do not bound what one address can do. The counts are in this
process's memory: with several processes, each allows as much. db-api's quotas hold across all of them.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from chat_ui.errors import LimitReached, TooManyGuests, TooManyMessages, TooManyRequests
from chat_ui.settings import Settings

MAX_NETWORKS = 100_000
"""Known at once; the one that came least recently is forgotten first."""

MINUTE, HOUR = 60.0, 3600.0

Refusal = Callable[[int], LimitReached]
"""Makes the error from the seconds to wait."""


class Allowance:
    """`most` events per period for each network, and again as many as time has passed: a leaky bucket.

    Args:
        most: 0 means unlimited.
        seconds: the period.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._spacing = seconds / most if most else 0.0
        self._seconds = seconds
        self._full_until: OrderedDict[str, float] = OrderedDict()

    def wait(self, network: str) -> float:
        """Seconds until the next event is allowed; 0 if it is now."""
        if not self._spacing or not network:
            return 0.0
        now = monotonic()
        filled = max(self._full_until.get(network, now), now) + self._spacing - now
        # Rounding must not refuse the last of the allowed events.
        return max(filled - self._seconds - self._spacing / 1000, 0.0)

    def spend(self, network: str) -> None:
        if not self._spacing or not network:
            return
        now = monotonic()
        self._full_until[network] = max(self._full_until.pop(network, now), now) + self._spacing
        if len(self._full_until) > MAX_NETWORKS:
            self._full_until.popitem(last=False)


class NetworkLimits:
    def __init__(self, settings: Settings) -> None:
        s = settings
        self._guests = (
            Allowance(s.limits_network_guests_per_minute, MINUTE),
            Allowance(s.limits_network_guests_per_hour, HOUR),
        )
        self._messages = (Allowance(s.limits_network_messages_per_minute, MINUTE),)
        self._requests = (Allowance(s.limits_network_requests_per_minute, MINUTE),)

    def count_guest(self, network: str) -> None:
        """
        Raises:
            TooManyGuests: nobody was counted.
        """
        _spend(self._guests, network, TooManyGuests)

    def check_messages(self, network: str) -> None:
        """Check that a message is allowed, without counting it.

        Raises:
            TooManyMessages: it is not.
        """
        _check(self._messages, network, TooManyMessages)

    def count_message(self, network: str) -> None:
        """
        Raises:
            TooManyMessages: the message was not counted.
        """
        _spend(self._messages, network, TooManyMessages)

    def count_request(self, network: str) -> None:
        """
        Raises:
            TooManyRequests: the request was not counted.
        """
        _spend(self._requests, network, TooManyRequests)


def _check(allowances: tuple[Allowance, ...], network: str, refusal: Refusal) -> None:
    if (seconds := max(allowance.wait(network) for allowance in allowances)) > 0:
        raise refusal(math.ceil(seconds))


def _spend(allowances: tuple[Allowance, ...], network: str, refusal: Refusal) -> None:
    _check(allowances, network, refusal)
    for allowance in allowances:
        allowance.spend(network)
