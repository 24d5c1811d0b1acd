"""Where several servers of one kind are."""

import asyncio
import socket
from collections.abc import Iterable
from itertools import chain

import httpx

DNS_SECONDS = 2.0


async def find_addresses(urls: Iterable[str]) -> list[str]:
    """The address of each server. A name with several of them, as a scaled service has, counts as several."""
    found = await asyncio.gather(*(_addresses_of(httpx.URL(url)) for url in urls))
    return list(dict.fromkeys(chain.from_iterable(found)))


async def _addresses_of(url: httpx.URL) -> list[str]:
    if url.scheme != "http":  # a certificate is for the name
        return [str(url)]
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DNS_SECONDS):
            answers = await loop.getaddrinfo(url.host, url.port or 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except OSError:  # the name is unknown for now, or has no IPv4 address: whoever connects finds out
        return [str(url)]
    return sorted({str(url.copy_with(host=address[0])) for *_, address in answers})
