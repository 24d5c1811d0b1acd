"""Guesses by lookup in the real server: an answer that repeats the chat is guessed throughout."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.running.model_server import ModelServer, running_model_server

CHATS = 4
COUNTED = ", ".join(map(str, range(1, 201)))
ASKED_AGAIN = [
    {"role": "user", "content": "Count to 200"},
    {"role": "assistant", "content": COUNTED},
    {"role": "user", "content": "Count to 200"},
]


@pytest.mark.parametrize("drafter", ["ngram-simple", "ngram-map-k", "ngram-mod"])
def test_all_slots_guess_at_once_without_changing_their_answers(
    drafter: str, tmp_path: Path, model_server: ModelServer
) -> None:
    expected, _ = answer(model_server)
    with (
        running_model_server(tmp_path, LM_SPECULATION=drafter, LM_BATCH="128") as guessing,
        ThreadPoolExecutor(CHATS) as people,
    ):
        answers = list(people.map(answer, [guessing] * CHATS))
    assert [text for text, _ in answers] == [expected] * CHATS
    assert all(right > 0 for _, right in answers)


def answer(server: ModelServer) -> tuple[str, int]:
    """Return the model's answer, and how many of its tokens were guessed right."""
    request = {"messages": ASKED_AGAIN, "temperature": 0, "max_tokens": 600}
    with server.client() as client:
        completion = client.post("/v1/chat/completions", json=request).raise_for_status().json()
    return completion["choices"][0]["message"]["content"], completion["timings"].get("draft_n_accepted", 0)
