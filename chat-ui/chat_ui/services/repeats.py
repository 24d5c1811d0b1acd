"""Requests that come again with the same Idempotency-Key are answered as the first was, and do nothing twice."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from chat_ui.errors import KeyInUse, KeyReused

MOST = 2_000
KEPT_SECONDS = 24 * 3600

Answer = TypeVar("Answer")


@dataclass
class _Asked(Generic[Answer]):
    what: str
    at: float
    answer: Answer | None = None


class Repeats(Generic[Answer]):
    """The answers of the last day, at most `MOST` of them, in this process: a repeated request follows its first one
    closely, and nginx leads it to the same replica. A message and its reply are kept apart by the database for good.
    """

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[UUID, str], _Asked[Answer]] = OrderedDict()

    async def once(self, user_id: UUID, key: str | None, what: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The work's answer, or that of the first request with this key. What failed is tried anew.

        Args:
            what: the whole request, so that another one with the same key is noticed.

        Raises:
            KeyReused: it came with another request.
            KeyInUse: the first request is still being answered.
        """
        if key is None:
            return await work()
        self._forget_old()
        if known := self._asked.get((user_id, key)):
            return _same(known, what)
        asked = self._asked[user_id, key] = _Asked[Answer](what, time.monotonic())
        try:
            asked.answer = await work()
        finally:
            if asked.answer is None:
                del self._asked[user_id, key]
        return asked.answer

    def _forget_old(self) -> None:
        begin = time.monotonic() - KEPT_SECONDS
        while self._asked:
            oldest = next(iter(self._asked.values()))
            if oldest.answer is None or (len(self._asked) < MOST and oldest.at > begin):
                return
            self._asked.popitem(last=False)


def _same(known: _Asked[Answer], what: str) -> Answer:
    if known.what != what:
        raise KeyReused
    if known.answer is None:
        raise KeyInUse
    return known.answer
