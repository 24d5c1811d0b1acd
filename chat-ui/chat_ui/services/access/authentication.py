"""Who calls `/v1`: the bearer of an API key or of an identity provider's token, or the browser's own session."""

import time
from collections import OrderedDict

from chat_ui.clients.database.sessions import SessionsClient
from chat_ui.clients.database.usage import UsageClient
from chat_ui.errors import CredentialRefused, ScopeMissing, SessionUnknown
from chat_ui.models.people import Caller, Visitor
from chat_ui.services.access.identity_tokens import Identity, IdentityTokens
from chat_ui.services.access.rate_limits import RateLimits

KEY_PREFIX = "parley_"
MAX_CACHED_IDENTITIES = 10_000
SESSION_SECONDS = 24 * 3600


class Authentication:
    def __init__(
        self, usage: UsageClient, sessions: SessionsClient, tokens: IdentityTokens, limits: RateLimits
    ) -> None:
        self._usage = usage
        self._sessions = sessions
        self._tokens = tokens
        self._limits = limits
        self._cached: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()
        """The sessions of other providers' subjects, each with the time until which it is used."""

    async def authenticate(self, credential: str | None, visitor: Visitor | None) -> tuple[str, Caller]:
        """Identify the bearer of a credential or, without one, the visitor, and count the request.

        Returns:
            The session that db-api knows the caller by, and the caller.

        Raises:
            CredentialRefused: there is no credential, or it is not valid.
        """
        if credential is None and visitor is None:
            raise CredentialRefused("Authentication required: send an API key or a token as “Authorization: Bearer …”.")
        for _ in range(2):  # again where a cached session has ended
            session = await self._session_of(credential) if credential else visitor.session if visitor else ""
            try:
                return session, await self._usage.enter(session, self._limits.limits)
            except SessionUnknown:
                if not self._forget(session):
                    break
        raise CredentialRefused("Unknown API key. It may have been revoked; create a new one on the page /keys.")

    async def count_page_request(self, visitor: Visitor) -> None:
        """Count what a page starts like a request of a program.

        Raises:
            UsageLimitReached: the user's requests or tokens are used up.
        """
        if self._limits.limits:
            self._limits.check(await self._usage.enter(visitor.session, self._limits.limits))

    async def _session_of(self, credential: str) -> str:
        """What db-api knows the bearer of this credential by.

        Raises:
            CredentialRefused: it is neither a key nor a valid token.
        """
        if credential.startswith(KEY_PREFIX):
            return credential
        return await self._session_for(await self._tokens.verify(credential))

    def _forget(self, session: str) -> bool:
        """Drop a session that db-api does not know any more; True if a new one can take its place."""
        cached = [identity for identity, (token, _) in self._cached.items() if token == session]
        for identity in cached:
            del self._cached[identity]
        return bool(cached)

    async def _session_for(self, identity: Identity) -> str:
        who = (identity.issuer, identity.subject)
        token, until = self._cached.get(who, ("", 0.0))
        if time.monotonic() >= until:
            token = (await self._sessions.open_for(*who, SESSION_SECONDS)).token
            self._cached[who] = (token, time.monotonic() + SESSION_SECONDS / 2)
            if len(self._cached) > MAX_CACHED_IDENTITIES:
                self._cached.popitem(last=False)
        return token


def check_scope(caller: Caller, scope: str) -> None:
    """
    Raises:
        ScopeMissing: the caller's key does not have this scope.
    """
    if scope not in caller.scopes:
        raise ScopeMissing(scope)
