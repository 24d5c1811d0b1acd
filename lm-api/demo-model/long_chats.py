"""How long ago may a name have been told? Chats of growing length, with the question for the name at the end."""

import random

from questions import Message, complete
from topics.exchange import Exchange
from topics.facts import capital, definition, parley, small_talk
from words import words

LENGTHS = [250, 500, 1000, 1500, 1900]  # tokens, about
CHATS_PER_LENGTH = 20
CHARACTERS_PER_TOKEN = 3.6
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
    while _tokens(messages) < length:
        topic = choose.choice([capital, definition, parley, small_talk])
        messages += _turn(topic(choose))
    messages.append({"role": "user", "content": "Please tell me, what is my name?"})
    return complete(messages, [], address)["content"] == f"Your name is {name}."


def _turn(exchange: Exchange) -> list[Message]:
    return [{"role": "user", "content": exchange.asked}, {"role": "assistant", "content": exchange.answer}]


def _tokens(messages: list[Message]) -> int:
    characters = sum(len(message["content"]) for message in messages)
    return int(characters / CHARACTERS_PER_TOKEN) + TOKENS_PER_TURN * len(messages)
