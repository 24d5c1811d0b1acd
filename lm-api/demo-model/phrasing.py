"""Makes many phrasings from a few patterns.

A pattern is a sentence with choices: `(what is|what's)[ the] capital of {country}`. `(a|b)` stands for one of the two,
`[a]` is optional, and `{slot}` is filled by name. Fixed lists of phrasings teach a small model only those phrasings;
combinations teach it what they have in common.
"""

import random
import re

from words import data

Random = random.Random
INNERMOST_CHOICE = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
SLOT = re.compile(r"\{\w+\}")
SPACES = re.compile(r" {2,}")
KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

TYPING = data("typing.toml")
OTHER_WORDS: dict[str, list[str]] = TYPING["other_words"]
LONGEST_FIRST = sorted(map(re.escape, OTHER_WORDS), key=len, reverse=True)
OTHER_WORDS_PATTERN = re.compile(rf"\b({'|'.join(LONGEST_FIRST)})\b")


def phrase(pattern: str, choose: Random, **slots: str) -> str:
    text = pattern
    while match := INNERMOST_CHOICE.search(text):
        required, optional = match.groups()
        if required is not None:
            taken = choose.choice(required.split("|"))
        else:
            taken = choose.choice(optional.split("|")) if choose.random() < 0.5 else ""
        text = text[: match.start()] + taken + text[match.end() :]
    for name, value in slots.items():
        text = text.replace("{" + name + "}", value)
    return SPACES.sub(" ", text).strip()


def question(patterns: list[str], choose: Random, **slots: str) -> str:
    """Return a phrasing as a person might type it: with or without capital, question mark, politeness and typos."""
    return as_typed(phrase(choose.choice(patterns), choose, **slots), choose)


def as_typed(text: str, choose: Random, **copied: str) -> str:
    """Add a person's typing habits and typos. Slots that the answer must repeat are filled in last, unchanged."""
    asks = text.endswith("?")
    text = said_otherwise(text.rstrip("?"), choose)
    if choose.random() < 0.14:
        text = choose.choice(TYPING["before"]) + text[0].lower() + text[1:]
    if choose.random() < 0.08:
        text += choose.choice(TYPING["after"])
    if choose.random() < (0.8 if asks else 0.05):
        text += "?"
    elif not asks and (text[-1].isalnum() or text[-1] == "}") and choose.random() < 0.4:
        text += choose.choice([".", ".", "!"])
    if choose.random() < 0.06:
        text = with_typo(text, choose)
    text = _in_some_case(text, choose)
    for name, value in copied.items():
        text = text.replace("{" + name + "}", value)
    return text


def _in_some_case(text: str, choose: Random) -> str:
    dice = choose.random()
    if dice < 0.6:
        return text[0].upper() + text[1:]
    if dice < 0.77:
        return text.lower()
    return text.upper() if dice < 0.785 and "{" not in text else text


def said_otherwise(text: str, choose: Random) -> str:
    """Replace some words by others, leave one out, add one."""
    if choose.random() < 0.35:
        text = OTHER_WORDS_PATTERN.sub(lambda found: choose.choice([found[0], *OTHER_WORDS[found[0]]]), text)
    pieces = text.split(" ")
    if choose.random() < 0.1:
        less = [place for place, piece in enumerate(pieces) if piece in TYPING["left_out"]]
        if less and len(pieces) > 3:
            del pieces[choose.choice(less)]
    if choose.random() < 0.12 and len(pieces) > 2:
        pieces.insert(choose.randint(1, len(pieces)), choose.choice(TYPING["put_in"]))
    return " ".join(pieces)


def with_typo(text: str, choose: Random) -> str:
    """Leave out or double one letter, swap it with the next, or hit the neighbouring key."""
    open_text = SLOT.sub(lambda slot: " " * len(slot[0]), text)
    letters = [at for at in range(1, len(text) - 1) if open_text[at].isalpha() and open_text[at + 1].isalpha()]
    if not letters:
        return text
    at = choose.choice(letters)
    kind = choose.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + _neighbour(text[at], choose) + text[at + 1 :]


def _neighbour(letter: str, choose: Random) -> str:
    for row in KEYBOARD_ROWS:
        if letter in row:
            place = row.index(letter) + choose.choice([-1, 1])
            return row[max(0, min(place, len(row) - 1))]
    return letter
