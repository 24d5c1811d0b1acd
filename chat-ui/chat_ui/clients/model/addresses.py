"""Addresses of the model servers."""

import asyncio
import socket
from collections.abc import Iterable
from itertools import chain
from urllib.parse import SplitResult, urlsplit

DNS_SECONDS = 2.0


async def find_addresses(urls: Iterable[str]) -> list[str]:
    """The address of each server. A name with several addresses, as a scaled service has, is several servers."""
    found = await asyncio.gather(*(_addresses_of(url) for url in urls))
    return list(dict.fromkeys(chain.from_iterable(found)))


async def _addresses_of(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme != "http":  # a certificate is for the name
        return [url]
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DNS_SECONDS):
            answers = await loop.getaddrinfo(
                parts.hostname, parts.port or 80, family=socket.AF_INET, type=socket.SOCK_STREAM
            )
    except OSError:  # the name is unknown for now, or has no IPv4 address: connecting reports it
        return [url]
    return sorted({_with_host(parts, str(address[0])) for *_, address in answers})


def _with_host(parts: SplitResult, host: str) -> str:
    return parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host).geturl()
