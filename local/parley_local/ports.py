"""Ports and addresses to listen on."""

import errno
import socket

from parley_local.errors import CannotStart

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
    return port


def check_port(address: str, port: int) -> None:
    """Check that a server could listen there.

    Raises:
        CannotStart: it could not; the message says why.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, port), family=family).close()
    except OSError as error:
        raise CannotStart(_sentence(error.errno, address, port)) from error


def http_url(address: str, port: int) -> str:
    """Return the URL at which this machine reaches a server that listens on the address."""
    address = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(address, address)  # noqa: S104 (nothing listens here)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _sentence(code: int | None, address: str, port: int) -> str:
    another = "choose another one, for example: make run PARLEY_PORT=8081"
    match code:
        case errno.EADDRINUSE:
            return f"Port {port} is in use by another program; {another}"
        case errno.EACCES:
            return f"Port {port} needs administrator rights; {another}"
        case _:
            return f"PARLEY_BIND={address} is not an address of this machine."
