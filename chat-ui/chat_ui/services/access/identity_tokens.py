"""JSON web tokens of an identity provider that people have already."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import jwt

from chat_ui.errors import CredentialRefused

LEEWAY_SECONDS = 10
KEYS_FRESH_SECONDS = 600
ASK_AGAIN_SECONDS = 30
"""At most so often an unknown key id makes us ask the provider."""

ASYMMETRIC = ("RS256", "ES256")


@dataclass(frozen=True)
class Identity:
    issuer: str
    subject: str
    expires_at: int
    """Seconds since 1970."""


class Keys(Protocol):
    """The provider's public keys."""

    async def find(self, key_id: str | None) -> jwt.PyJWK | None: ...


class GivenKeys:
    """Keys that stay as they were given at the start."""

    def __init__(self, key_set: str) -> None:
        """
        Raises:
            jwt.PyJWTError: it is no JSON web key set.
        """
        self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(key_set).keys}

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        return self._keys.get(key_id)


class FetchedKeys:
    """Keys that are fetched when first needed and when an unknown one is named."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        async with self._fetching:
            age = time.monotonic() - self._fetched_at
            if age > (KEYS_FRESH_SECONDS if key_id in self._keys else ASK_AGAIN_SECONDS):
                await self._fetch()
        return self._keys.get(key_id)

    async def _fetch(self) -> None:
        self._fetched_at = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=5) as http:
                response = (await http.get(self._url)).raise_for_status()
            self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(response.json()).keys}
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            if not self._keys:
                raise CredentialRefused("The identity provider's keys cannot be fetched; try again later.") from error


class WebTokens:
    """Says whose token it is. The algorithm is ours to choose, never the token's: each kind of key has its own."""

    def __init__(self, *, secret: str | None, keys: Keys | None, issuer: str | None, audience: str | None) -> None:
        self._secret = secret
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def verify(self, token: str) -> Identity:
        """
        Raises:
            CredentialRefused: forged, expired, of another algorithm, or without a subject.
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
            raise CredentialRefused(f"This token is not valid: {error}.") from error
        if not claims["sub"]:
            raise CredentialRefused("This token is not valid: its subject is empty.")
        return Identity(str(claims.get("iss", "")), claims["sub"], int(claims["exp"]))

    async def _key_for(self, header: dict[str, Any]) -> tuple[Any, str]:
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret:
            return self._secret, algorithm
        key = await self._keys.find(header.get("kid")) if self._keys and algorithm in ASYMMETRIC else None
        if key and key.algorithm_name == algorithm:
            return key.key, algorithm
        raise CredentialRefused("This token is not valid: it is signed in a way that is not accepted here.")
