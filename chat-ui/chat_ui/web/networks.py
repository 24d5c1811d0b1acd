"""The network that a request comes from."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

IPV6_PREFIX = 64
"""What one subscriber has at least, and may use any address of."""


def network_of(connection: HTTPConnection) -> str:
    """The client's IPv4 address or IPv6 /64, empty if unknown. The server has resolved `X-Forwarded-For`."""
    host = connection.client.host.partition("%")[0] if connection.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((address, IPV6_PREFIX), strict=False))
    return str(address)
