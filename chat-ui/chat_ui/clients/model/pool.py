"""The connection pool that a client speaks through."""

import httpx
from asgi_correlation_id import correlation_id

from chat_ui.clients.model.transport import LeanTransport


async def _pass_request_id_on(request: httpx.Request) -> None:
    if request_id := correlation_id.get():
        request.headers["X-Request-ID"] = request_id


def open_pool(base_url: str, token: str, *, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """Connections to one service, authorised by `token`, that hand the request id on.

    Each is used once: llama.cpp closes idle ones without a word after a stream, and the next request on such a one
    would fail. A new one within the machine takes a fraction of a millisecond.
    """
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=timeout,
        transport=LeanTransport(keep_alive=False),
        event_hooks={"request": [_pass_request_id_on]},
        trust_env=False,  # a proxy of the machine has no business between our own services
    )
