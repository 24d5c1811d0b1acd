"""The first word after opening an old chat and typing a message, over the same without reading ahead.

The old chats are written to the database, so the model server has never seen them. The message is sent after at most
5 seconds, whether or not the model has read everything by then; and, in another chat, once it has. The latter is
visited again after enough others that no slot holds it any longer. The ideal is one decoding step.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from statistics import median
from uuid import uuid4

import httpx

from bench.bench import Bench
from bench.budgets import Row
from bench.client import Visitor

HISTORIES = (200, 1000, 2000, 4000)
"""Tokens."""
MESSAGE_TOKENS = 500
TYPED = "Now tell me in a few words what the people who stand there every morning are waiting"
QUESTION = f"{TYPED} for."
READING_SECONDS = 4.0
TYPING_SECONDS = 1.0
WHOLE_SECONDS = 120.0
"""Longer than the reading of any chat takes."""


def measure(bench: Bench) -> Iterator[Row]:
    visitor = Visitor(bench.real.url)
    visitor.open_chat()
    histories = HISTORIES[:2] if bench.quick else HISTORIES
    cold, warm, whole, again = (defaultdict[int, list[float]](list) for _ in range(4))
    seen: list[tuple[int, str]] = []
    for number in range(bench.times(3, quick=1)):
        for tokens in histories:
            cold[tokens].append(visitor.time(old_chat(bench, visitor, tokens, f"c{number}"), QUESTION).first)
            for firsts, seconds in ((warm, READING_SECONDS), (whole, WHOLE_SECONDS)):
                chat_id = old_chat(bench, visitor, tokens, f"w{number} {seconds}")
                firsts[tokens].append(_open_and_ask(bench, visitor, chat_id, seconds))
            seen.append((tokens, chat_id))
    for tokens, chat_id in seen:  # at full size, at least 11 others came in between
        again[tokens].append(_open_and_ask(bench, visitor, chat_id, READING_SECONDS))
    step = _step(bench)
    for tokens in histories:
        alone, after, read, later = (median(firsts[tokens]) for firsts in (cold, warm, whole, again))
        bench.say(
            f"{tokens} tokens: cold {alone:.2f} s; after 5 s {after:.2f} s ({after / alone:.1%}); "
            f"once all is read {read:.2f} s ({read / alone:.1%}); seen before, after 5 s {later:.2f} s "
            f"({later / alone:.1%})."
        )
    judged = histories[-1] if bench.quick else 2000
    alone, after, read, later = (median(firsts[judged]) for firsts in (cold, warm, whole, again))
    details = {"cold": dict(cold), "warm": dict(warm), "whole": dict(whole), "again": dict(again), "step": step}
    note = f"raw: one step; cold {alone:.2f} s"
    yield Row("warm", 100 * later / alone, later, step, "s", note=note, details=details)
    note = f"{note}; {read / alone:.1%} once all is read"
    yield Row("warm-first", 100 * after / alone, after, step, "s", note=note)


def old_chat(bench: Bench, visitor: Visitor, tokens: int, salt: str) -> str:
    """Create a chat of this many tokens that no model has read; return its id."""
    session = {"X-Session-ID": _session_of(visitor)}
    chat_id = visitor.open_chat()
    with bench.real.parts.db_api_client() as db_api:
        for part in range(max(1, tokens // MESSAGE_TOKENS)):
            lease = {"X-Lease-ID": str(uuid4())}
            text = bench.raw.text_of(min(tokens, MESSAGE_TOKENS) // 2, salt=f"{salt} {tokens} {part}")
            message = {"content": text, "client_token": str(uuid4())}
            answer = db_api.post(f"/chats/{chat_id}/messages", json=message, headers=session | lease)
            reply_id = answer.raise_for_status().json()["reply"]["id"]
            ended = {"status": "complete", "content": text, "finish_reason": "stop"}
            db_api.patch(f"/replies/{reply_id}", json=ended, headers=lease).raise_for_status()
    return chat_id


def _open_and_ask(bench: Bench, visitor: Visitor, chat_id: str, reading_seconds: float) -> float:
    """Return the seconds to the first word."""
    _read_ahead(bench, visitor, chat_id, "", reading_seconds)
    _read_ahead(bench, visitor, chat_id, TYPED, TYPING_SECONDS)
    return visitor.time(chat_id, QUESTION).first


def _read_ahead(bench: Bench, visitor: Visitor, chat_id: str, draft: str, seconds: float) -> None:
    """Read ahead as the page does; close what is in progress when the time is up."""
    headers = {"Cookie": visitor.cookie}
    with suppress(httpx.ReadTimeout):
        address = f"{bench.real.url}/chats/{chat_id}/warm"
        httpx.post(address, data={"content": draft}, headers=headers, timeout=seconds, trust_env=False)


def _step(bench: Bench) -> float:
    arrivals = bench.raw.time([{"role": "user", "content": QUESTION}], 64).arrivals
    return median(later - earlier for earlier, later in pairwise(arrivals))


def _session_of(visitor: Visitor) -> str:
    """Return the session token in the browser's signed cookie."""
    signed = visitor.cookie.partition("=")[2].split(".")[0]
    session: str = json.loads(base64.b64decode(signed + "=" * (-len(signed) % 4)))["session"]
    return session
