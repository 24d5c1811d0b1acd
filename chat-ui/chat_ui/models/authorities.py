"""Hosts and origins, read from headers that anyone may write: an unreadable one is None, never an error."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._~-]+?)\.?(?::(?P<port>[0-9]{0,5}))?", re.IGNORECASE)
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Authority:
    """`host` is in lower case and without the brackets of an IPv6 address; `port` is None where none is named."""

    host: str
    port: int | None = None

    def with_default(self, port: int) -> "Authority":
        return self if self.port is not None else Authority(self.host, port)


def read_authority(text: str) -> Authority | None:
    """
    >>> read_authority("Example.com:8080"), read_authority("[::1]"), read_authority("[")
    (Authority(host='example.com', port=8080), Authority(host='::1', port=None), None)
    """
    found = AUTHORITY.fullmatch(text.strip())
    if not found:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and port > 65535:
        return None
    host = found["host"].lower()
    if not host.startswith("["):
        return Authority(host, port)
    try:
        return Authority(str(ip_address(host[1:-1])), port)
    except ValueError:
        return None


def read_origin(text: str) -> tuple[Authority, int] | None:
    """The authority of an `http` or `https` origin, with its port, and the scheme's default port.

    >>> read_origin("HTTPS://Example.com")
    (Authority(host='example.com', port=443), 443)
    >>> read_origin("null"), read_origin("http://["), read_origin("https://user@example.com")
    (None, None, None)
    """
    scheme, _, rest = text.strip().partition("://")
    default = DEFAULT_PORTS.get(scheme.lower())
    authority = read_authority(rest) if default else None
    return (authority.with_default(default), default) if authority and default else None


@dataclass(frozen=True)
class PublicAddress:
    """What `PARLEY_URL` says; `prefix` is empty or a path without its last slash."""

    authority: Authority | None = None
    prefix: str = ""

    @property
    def host(self) -> str | None:
        return self.authority.host if self.authority else None


def read_public_address(url: str) -> PublicAddress:
    """
    Raises:
        ValueError: it is not an address of a web page.

    >>> read_public_address("https://home.example/parley/").prefix
    '/parley'
    """
    if not url:
        return PublicAddress()
    parts = urlsplit(url)
    origin = read_origin(f"{parts.scheme}://{parts.netloc}")
    if origin is None or parts.query or parts.fragment or not re.fullmatch(r"[\w./~-]*", parts.path, re.ASCII):
        raise ValueError("must be the address of a website, such as https://home.example/parley/")
    return PublicAddress(origin[0], parts.path.rstrip("/"))
