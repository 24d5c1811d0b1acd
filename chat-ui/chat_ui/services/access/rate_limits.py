"""How many requests and tokens a user or a key may use per minute and per day."""

from collections.abc import Sequence

from chat_ui.errors import UsageLimitReached
from chat_ui.models.people import Caller, Limit, Window
from chat_ui.settings import Settings


class RateLimits:
    """The configured limits. db-api counts; this decides and reports."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self.limits = limits

    def check(self, caller: Caller) -> None:
        """
        Raises:
            UsageLimitReached: with the seconds until every exceeded limit has started again.
        """
        if caller.admitted:
            return
        exceeded = [w for w in caller.windows if (limit := self._limit_of(w)) and not _has_room(w, limit)]
        longest = max(exceeded or caller.windows, key=lambda window: window.resets_in)
        raise UsageLimitReached(longest.period, int(longest.resets_in) + 1)

    def headers(self, caller: Caller) -> dict[str, str]:
        """The `RateLimit-*` headers of the caller's tightest request limit; none without a limit."""
        windows = [(w, limit.requests) for w in caller.windows if (limit := self._limit_of(w)) and limit.requests]
        if not windows:
            return {}
        window, allowed = min(windows, key=lambda pair: (pair[1] - pair[0].requests, -pair[0].resets_in))
        return {
            "RateLimit-Limit": str(allowed),
            "RateLimit-Remaining": str(max(allowed - window.requests, 0)),
            "RateLimit-Reset": str(int(window.resets_in) + 1),
        }

    def _limit_of(self, window: Window) -> Limit | None:
        same = (limit for limit in self.limits if (limit.holder, limit.period) == (window.holder, window.period))
        return next(same, None)


def configured_limits(settings: Settings) -> RateLimits:
    s = settings
    limits = [
        Limit("user", "minute", s.limits_requests_per_minute or None, s.limits_tokens_per_minute or None),
        Limit("user", "day", s.limits_requests_per_day or None, s.limits_tokens_per_day or None),
        Limit("key", "minute", s.limits_key_requests_per_minute or None, s.limits_key_tokens_per_minute or None),
        Limit("key", "day", s.limits_key_requests_per_day or None, s.limits_key_tokens_per_day or None),
    ]
    return RateLimits([limit for limit in limits if limit.requests or limit.tokens])


def _has_room(window: Window, limit: Limit) -> bool:
    few_requests = limit.requests is None or window.requests < limit.requests
    return few_requests and (limit.tokens is None or window.tokens < limit.tokens)
