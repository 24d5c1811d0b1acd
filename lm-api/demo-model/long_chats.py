"""Tests how far back the model remembers a name: chats of growing length that end with the question for it."""

import random

from questions import Message, complete, post
from topics.exchange import Exchange
from topics.facts import capital, definition, parley, small_talk
from words import words

LENGTHS = [250, 500, 1000, 1500]  # tokens, at least
CHATS_PER_LENGTH = 20
TOKENS_PER_TURN = 4
SEED = 7


def remembered_by_length(address: str) -> dict[str, dict[str, int]]:
    choose = random.Random(SEED)
    scores = {}
    for length in LENGTHS:
        right = [_remembers(choose.choice(words("names")), length, choose, address) for _ in range(CHATS_PER_LENGTH)]
        scores[str(length)] = {"right": sum(right), "of": len(right)}
    return scores


def _remembers(name: str, length: int, choose: random.Random, address: str) -> bool:
    messages = _turn(Exchange(f"Hello, my name is {name}", f"Nice to meet you, {name}!", ""))
    tokens = 0
    while tokens < length:
        topic = choose.choice([capital, definition, parley, small_talk])
        turn = _turn(topic(choose))
        tokens += sum(_tokens(message, address) for message in turn)
        messages += turn
    messages.append({"role": "user", "content": "Please tell me, what is my name?"})
    return complete(messages, [], address)["content"] == f"Your name is {name}."


def _turn(exchange: Exchange) -> list[Message]:
    return [{"role": "user", "content": exchange.asked}, {"role": "assistant", "content": exchange.answer}]


def _tokens(message: Message, address: str) -> int:
    return len(post(f"{address}/tokenize", {"content": message["content"]})["tokens"]) + TOKENS_PER_TURN
