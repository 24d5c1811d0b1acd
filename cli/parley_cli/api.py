"""Client for the part of Parley's `/v1` that the commands use."""

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
        # A configured proxy is for other machines.
        proxied = httpx.URL(config.url).host not in LOOPBACK
        self.http = httpx.Client(base_url=config.url, headers=headers, timeout=TIMEOUT, trust_env=proxied)

    def get(self, path: str, **query: Any) -> Json:
        return self.call("GET", path, params=query)

    def call(self, method: str, path: str, **options: Any) -> Json:
        """Send one request and return its JSON, or an empty object for an empty body.

        Raises:
            Unreachable: Parley does not answer.
            KeyRefused: the API key is missing, invalid or lacks the permission.
            CliError: Parley refused for another reason; the message is Parley's.
        """
        try:
            response = self.http.request(method, path, **options)
        except httpx.TransportError as error:
            raise unreachable(self.url) from error
        check(response)
        answer: Json = response.json() if response.content else {}
        return answer

    def conversations(self, limit: int, words: str | None = None, *, archived: bool = False) -> Iterator[Json]:
        """Yield at most `limit` conversations: pinned ones first, then the most recently used."""
        query: Json = {"archived": archived} | ({"q": words} if words else {})
        while limit > 0:
            page = self.get("/v1/conversations", limit=min(limit, 100), **query)
            yield from page["items"][:limit]
            limit -= len(page["items"])
            if not page["next"]:
                return
            query["before"] = page["next"]

    def last_conversation(self) -> str:
        """Return the id of the most recently used conversation, pinned or not."""
        chats = list(self.conversations(100))
        if not chats:
            raise CliError("No conversations yet: leave out --last to start one.")
        return str(max(chats, key=lambda chat: str(chat["updated_at"]))["id"])


def unreachable(url: str) -> Unreachable:
    return Unreachable(
        f"Parley does not answer at {url}: start it, or set its address with PARLEY_URL or `parley login`."
    )


def check(response: httpx.Response) -> None:
    """Raise the error for an unsuccessful response, whose body must have been read."""
    if response.is_success:
        return
    sentence = _detail(response)
    if response.status_code in (401, 403):
        raise KeyRefused(f"{sentence} Create a key at {response.url.join('/keys')}, then run `parley login`.")
    raise CliError(sentence)


def _detail(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{response.url} answered with status {response.status_code} but not as Parley: check PARLEY_URL."
