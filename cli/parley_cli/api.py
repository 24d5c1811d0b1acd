"""Parley's `/v1`, as far as the commands need it."""

from collections.abc import Iterator
from typing import Any

import httpx

from parley_cli.config import Config
from parley_cli.errors import CliError, KeyRefused, Unreachable

Json = dict[str, Any]
TIMEOUT = httpx.Timeout(30, connect=5)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Api:
    def __init__(self, config: Config) -> None:
        self.url = config.url
        headers = {"Authorization": f"Bearer {config.api_key}"} if config.api_key else {}
        # A proxy of the machine is for the world outside of it.
        proxied = httpx.URL(config.url).host not in LOOPBACK
        self.http = httpx.Client(base_url=config.url, headers=headers, timeout=TIMEOUT, trust_env=proxied)

    def get(self, path: str, **query: Any) -> Json:
        return self.call("GET", path, params=query)

    def call(self, method: str, path: str, **options: Any) -> Json:
        """
        Raises:
            Unreachable: nobody answers there.
            KeyRefused: without a key, or not with this one.
            CliError: Parley refused for another reason, which it tells.
        """
        try:
            response = self.http.request(method, path, **options)
        except httpx.TransportError as error:
            raise unreachable(self.url) from error
        check(response)
        answer: Json = response.json() if response.content else {}
        return answer

    def conversations(self, limit: int, words: str | None = None, *, archived: bool = False) -> Iterator[Json]:
        """At most `limit` of them, pinned ones first, then last used first."""
        query: Json = {"archived": archived} | ({"q": words} if words else {})
        while limit > 0:
            page = self.get("/v1/conversations", limit=min(limit, 100), **query)
            yield from page["items"][:limit]
            limit -= len(page["items"])
            if not page["next"]:
                return
            query["before"] = page["next"]

    def last_conversation(self) -> str:
        """The id of the one that was used last; pinned ones come first in the list, whenever that was."""
        chats = list(self.conversations(100))
        if not chats:
            raise CliError("There is no conversation yet: ask without --last.")
        return str(max(chats, key=lambda chat: str(chat["updated_at"]))["id"])


def unreachable(url: str) -> Unreachable:
    return Unreachable(
        f"Parley does not answer at {url}: start it, or say where it is with PARLEY_URL or `parley login`."
    )


def check(response: httpx.Response) -> None:
    """Turns a refusal into an error; the response's body must have been read."""
    if response.is_success:
        return
    sentence = _detail(response)
    if response.status_code in (401, 403):
        raise KeyRefused(f"{sentence} Make a key at {response.url.join('/keys')}, then `parley login`.")
    raise CliError(sentence)


def _detail(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{response.url} answered with status {response.status_code}, not as Parley does: is PARLEY_URL right?"
