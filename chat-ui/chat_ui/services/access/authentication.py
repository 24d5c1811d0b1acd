"""Who calls `/v1`: an API key, another provider's token, or the browser's own session."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from chat_ui.clients.database.sessions import SessionsClient
from chat_ui.clients.database.usage import UsageClient
from chat_ui.errors import CredentialRefused, LimitReached, ScopeMissing, SessionUnknown
from chat_ui.models.people import Caller, Limit, Visitor, Window
from chat_ui.services.access.identity_tokens import Identity, WebTokens
from chat_ui.settings import Settings

KEY_MARK = "parley_"
MOST_IDENTITIES = 10_000
SESSION_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Entered:
    """A caller who was let in, and what the answer tells them of their limits."""

    visitor: Visitor
    caller: Caller


class Authentication:
    def __init__(
        self, usage: UsageClient, sessions: SessionsClient, tokens: WebTokens, limits: Sequence[Limit]
    ) -> None:
        self.limits = limits
        self._usage = usage
        self._sessions = sessions
        self._tokens = tokens
        self._known: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()
        """Sessions of other providers' subjects, and until when they hold."""

    async def enter(self, token: str) -> Caller:
        """Who comes with a session's token or an API key; their request is counted.

        Raises:
            SessionUnknown: nobody.
        """
        return await self._usage.enter(token, self.limits)

    async def session_of(self, credential: str) -> str:
        """What db-api knows the bearer of this credential by.

        Raises:
            CredentialRefused: it is neither a key nor a valid token.
        """
        if credential.startswith(KEY_MARK):
            return credential
        return await self._session_for(await self._tokens.verify(credential))

    def forget(self, session: str) -> bool:
        """A session that db-api does not know any more; True where another one can be had."""
        known = [identity for identity, (token, _) in self._known.items() if token == session]
        for identity in known:
            del self._known[identity]
        return bool(known)

    async def _session_for(self, identity: Identity) -> str:
        who = (identity.issuer, identity.subject)
        token, until = self._known.get(who, ("", 0.0))
        if time.monotonic() >= until:
            token = (await self._sessions.open_for(*who, SESSION_SECONDS)).token
            self._known[who] = (token, time.monotonic() + SESSION_SECONDS / 2)
            if len(self._known) > MOST_IDENTITIES:
                self._known.popitem(last=False)
        return token


async def let_in(callers: Authentication, credential: str | None, visitor: Visitor | None) -> tuple[str, Caller]:
    """The session and the caller of a bearer's credential or, without one, of the browser's own session.

    Raises:
        CredentialRefused: nobody comes in with this.
    """
    if credential is None and visitor is None:
        raise CredentialRefused("Say who calls: send an API key or a token as “Authorization: Bearer …”.")
    for _ in range(2):  # once more where a remembered session has ended
        session = await callers.session_of(credential) if credential else visitor.session if visitor else ""
        try:
            return session, await callers.enter(session)
        except SessionUnknown:
            if not callers.forget(session):
                break
    raise CredentialRefused("Nobody is known by this key. It may have been revoked.")


def check_scope(caller: Caller, scope: str) -> None:
    if scope not in caller.scopes:
        raise ScopeMissing(scope)


def check_limits(caller: Caller, limits: Sequence[Limit]) -> None:
    """
    Raises:
        LimitReached: with the seconds until all limits that are used up begin anew.
    """
    if caller.admitted:
        return
    used_up = [w for w in caller.windows if (limit := _limit_of(w, limits)) and not _has_room(w, limit)]
    longest = max(used_up or caller.windows, key=lambda window: window.resets_in)
    raise LimitReached(longest.period, int(longest.resets_in) + 1)


def limit_headers(caller: Caller, limits: Sequence[Limit]) -> dict[str, str]:
    """The tightest request limit of this caller, as `RateLimit-*` headers."""
    windows = [(w, limit.requests) for w in caller.windows if (limit := _limit_of(w, limits)) and limit.requests]
    if not windows:
        return {}
    window, most = min(windows, key=lambda pair: (pair[1] - pair[0].requests, -pair[0].resets_in))
    return {
        "RateLimit-Limit": str(most),
        "RateLimit-Remaining": str(max(most - window.requests, 0)),
        "RateLimit-Reset": str(int(window.resets_in) + 1),
    }


def limits_of(settings: Settings) -> list[Limit]:
    """The limits that are set."""
    s = settings
    limits = [
        Limit("user", "minute", s.limits_requests_per_minute or None, s.limits_tokens_per_minute or None),
        Limit("user", "day", s.limits_requests_per_day or None, s.limits_tokens_per_day or None),
        Limit("key", "minute", s.limits_key_requests_per_minute or None, s.limits_key_tokens_per_minute or None),
        Limit("key", "day", s.limits_key_requests_per_day or None, s.limits_key_tokens_per_day or None),
    ]
    return [limit for limit in limits if limit.requests or limit.tokens]


def _limit_of(window: Window, limits: Sequence[Limit]) -> Limit | None:
    return next((limit for limit in limits if (limit.holder, limit.period) == (window.holder, window.period)), None)


def _has_room(window: Window, limit: Limit) -> bool:
    few_requests = limit.requests is None or window.requests < limit.requests
    return few_requests and (limit.tokens is None or window.tokens < limit.tokens)
