"""JSON web tokens of the identity provider that an installation already has."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import jwt

from chat_ui.errors import CredentialRefused
from chat_ui.text import is_storable

LEEWAY_SECONDS = 10
KEYS_FRESH_SECONDS = 600
FETCH_SECONDS = 5
REFETCH_SECONDS = 30
"""The shortest time between two fetches that an unknown key id can cause."""

MAX_CLAIM_CHARS = 500
"""The longest issuer and subject that db-api stores."""

ASYMMETRIC = ("RS256", "ES256")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    issuer: str
    subject: str


class ProviderKeys(Protocol):
    """The provider's public keys."""

    async def find(self, key_id: str | None) -> jwt.PyJWK | None: ...


class ConfiguredKeys:
    """The keys of the setting JWT_JWKS; they do not change."""

    def __init__(self, key_set: str) -> None:
        """
        Raises:
            jwt.PyJWTError: this is not a JSON web key set.
        """
        self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(key_set).keys}

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        return self._keys.get(key_id)


class FetchedKeys:
    """The keys at the setting JWT_JWKS_URL, fetched on first use and when a token names an unknown one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        async with self._fetching:
            age = time.monotonic() - self._fetched_at
            if age > (KEYS_FRESH_SECONDS if key_id in self._keys else REFETCH_SECONDS):
                await self._fetch()
        return self._keys.get(key_id)

    async def _fetch(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout, raise_for_status=True, trust_env=True) as http,
                http.get(self._url, allow_redirects=False) as response,
            ):
                key_set = await response.json(content_type=None)
            self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(key_set).keys}
        except (aiohttp.ClientError, TimeoutError, ValueError, jwt.PyJWTError) as error:
            if not self._keys:
                raise CredentialRefused("The identity provider's keys cannot be fetched. Try again later.") from error


class IdentityTokens:
    """Verifies tokens. Each kind of key has one algorithm; the token's own choice is never trusted."""

    def __init__(
        self, *, secret: str | None, keys: ProviderKeys | None, issuer: str | None, audience: str | None
    ) -> None:
        self._secret = secret
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        if (secret or keys) and audience is None:
            logger.warning("JWT_AUDIENCE is not set: tokens that the provider issued to other applications count too")

    async def verify(self, token: str) -> Identity:
        """Return whose token this is.

        Raises:
            CredentialRefused: it is forged, expired, signed with another algorithm, or has no subject.
        """
        try:
            key, algorithm = await self._key_for(jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub"], "verify_aud": self._audience is not None},
            )
        except jwt.PyJWTError as error:
            raise CredentialRefused(f"Invalid token: {error}.") from error
        except (
            ValueError,
            TypeError,
            OverflowError,
            RecursionError,
        ) as error:  # from unusual claims
            raise CredentialRefused("Invalid token: it cannot be decoded.") from error
        return Identity(_claim(claims, "iss", required=False), _claim(claims, "sub", required=True))

    async def _key_for(self, header: dict[str, Any]) -> tuple[Any, str]:
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret:
            return self._secret, algorithm
        key = await self._keys.find(header.get("kid")) if self._keys and algorithm in ASYMMETRIC else None
        if key and key.algorithm_name == algorithm:
            return key.key, algorithm
        raise CredentialRefused("Invalid token: no configured key and algorithm match its signature.")


def _claim(claims: dict[str, Any], name: str, *, required: bool) -> str:
    """
    Raises:
        CredentialRefused: the claim is empty, too long, not a text, or cannot be stored.
    """
    claim = claims.get(name, "")
    if not isinstance(claim, str) or len(claim) > MAX_CLAIM_CHARS or not is_storable(claim):
        raise CredentialRefused(f"Invalid token: “{name}” must be a text of at most {MAX_CLAIM_CHARS} characters.")
    if required and not claim:
        raise CredentialRefused(f"Invalid token: “{name}” is empty.")
    return claim
