"""One question and its reply, followed to the end across lost connections."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

import httpx
from httpx_sse import EventSource

from parley_cli.api import Api, Json, check, unreachable

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds between attempts while Parley is unavailable, doubled each time."""
PATIENCE = 120.0
"""Seconds after which a lost stream is given up."""
UNAVAILABLE = (502, 503, 504)

END = ("conversation_id", "reply_id", "tokens_used", "status", "finish_reason", "error")


class Reply:
    """A reply that runs in the background: a lost connection does not stop it, `stop` does."""

    def __init__(self, api: Api, message: str, conversation_id: str | None) -> None:
        self._api = api
        self._ask: Json = {"message": message, "background": True}
        if conversation_id:
            self._ask["conversation_id"] = conversation_id
        # A request repeated after an error or an interrupt takes effect once.
        self._token = {"Idempotency-Key": str(uuid.uuid4())}
        self._address: str | None = None
        self._last_event_id = "0"
        self.conversation_id = conversation_id
        self.reasoning = ""
        """What the model thought before it answered."""
        self.text = ""
        self.reconnecting = False
        """Whether the stream is lost and about to be resumed."""
        self.end: Json | None = None
        """conversation_id, reply_id, tokens_used, status, finish_reason, error."""

    @property
    def thinking(self) -> bool:
        return bool(self.reasoning) and not self.text

    def start(self) -> None:
        started = self._api.call("POST", "/v1/chat", json=self._ask, headers=self._token)
        self.conversation_id = started["conversation_id"]
        self._address = f"/v1/conversations/{self.conversation_id}/replies/{started['reply_id']}"

    def follow(self) -> Iterator[str]:
        """Yield the whole text so far after each change, until the end; a lost stream is resumed where it broke.

        Raises:
            Unreachable: Parley stayed unavailable; the reply continues on the server.
        """
        pause, lost_at = FIRST_PAUSE, None
        while True:
            with suppress(httpx.TransportError):
                for text in self._read_stream():
                    pause, lost_at, self.reconnecting = FIRST_PAUSE, None, False
                    yield text
            if self.end:
                return
            lost_at, self.reconnecting = lost_at or time.monotonic(), True
            yield self.text
            if time.monotonic() + pause > lost_at + PATIENCE:
                raise unreachable(self._api.url)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def stop(self) -> None:
        """Stop the reply on the server, which keeps the text written so far, as `text` does."""
        if self._address is None:
            self.start()
        stopped = self._api.call("POST", f"{self._address}/stop")
        self.text, self.reasoning = stopped["content"], stopped["reasoning"] or ""
        tokens = (stopped["prompt_tokens"] or 0) + (stopped["completion_tokens"] or 0)
        said = stopped | {"reply_id": stopped["id"], "tokens_used": tokens}
        self.end = {name: said[name] for name in END}

    def _read_stream(self) -> Iterator[str]:
        headers = {"Last-Event-ID": self._last_event_id}
        with self._api.http.stream("GET", f"{self._address}/events", headers=headers) as response:
            if response.status_code in UNAVAILABLE:
                return
            if not response.is_success:
                response.read()
                check(response)
            for event in EventSource(response).iter_sse():
                if event.data:
                    self._take(json.loads(event.data), event.id)
                    yield self.text

    def _take(self, data: Json, event_id: str) -> None:
        self.reasoning = self.reasoning[: data.get("rewind_reasoning")] + data.get("reasoning", "")
        self.text = self.text[: data.get("rewind")] + data.get("token", "")
        self._last_event_id = event_id
        if data.get("done"):
            self.end = {name: data[name] for name in END}
