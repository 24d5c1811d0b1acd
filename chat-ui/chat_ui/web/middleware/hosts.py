"""The names under which this instance answers.

A foreign page can let its own name point to this machine (DNS rebinding); its requests then count as same-origin. They
carry the foreign name in `Host`, so other names are refused.
"""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chat_ui.models.authorities import read_authority

HEALTH = frozenset({"/health", "/health/live", "/health/ready"})
LOCAL_SUFFIXES = (".local", ".internal", ".home.arpa", ".lan", ".home")
"""Endings that the public DNS has no names for, so no stranger can own one."""

MISDIRECTED = 421
SENTENCE = (
    "Parley does not answer under this name. If it is yours, set PARLEY_URL to the address that people open, or name it"
    " in PARLEY_HOSTS, and restart Parley.\n"
)


class Hosts:
    """
    Args:
        names: `PARLEY_HOSTS`: names separated by commas or spaces, `*.example.com` for all below one, `*` for all.
        public: the host of `PARLEY_URL`, if it is set.
        bind: `PARLEY_BIND`, the address that is published. If no names are set and it is not a loopback address,
            IP addresses and names of local networks are accepted too: no foreign page can take one of those.
    """

    def __init__(self, names: str = "", public: str | None = None, bind: str = "127.0.0.1") -> None:
        chosen = names.lower().replace(",", " ").split()
        self._is_open = "*" in chosen
        wildcards = [name.removeprefix("*").partition(":")[0] for name in chosen if name.startswith(("*.", "."))]
        self._suffixes = tuple(wildcards)
        authorities = [read_authority(name) for name in chosen if not name.startswith(("*", "."))]
        self._names = {authority.host for authority in authorities if authority} | ({public} if public else set())
        self._accepts_local = not chosen and not _is_loopback(bind)

    def accept(self, header: str | None) -> bool:
        authority = read_authority(header or "")
        if authority is None:
            return False
        host = authority.host
        return (
            self._is_open
            or host in self._names
            or host == "localhost"
            or host.endswith((".localhost", *self._suffixes))
            or _is_loopback(host)
            or (self._accepts_local and _is_local(host))
        )


class KnownHosts:
    """Answers requests under other names with 421.

    Health checks may use any readable name: inside the network, services have names and addresses of their own.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_accepted(scope):
            await PlainTextResponse(SENTENCE, MISDIRECTED)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_accepted(self, scope: Scope) -> bool:
        named = Headers(scope=scope).getlist("host")
        if len(named) != 1:
            return False
        return self._hosts.accept(named[0]) or (scope["path"] in HEALTH and read_authority(named[0]) is not None)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_local(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(LOCAL_SUFFIXES)
    return True
