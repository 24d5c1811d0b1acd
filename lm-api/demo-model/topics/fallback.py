"""Everything else: the model says that it is a small demo, and how to get a real one."""

import string
from functools import cache
from typing import Any

from phrasing import as_typed, phrase, question
from topics.exchange import FRAMES, Exchange, Random, entries
from topics.memory import SYLLABLES, made_up_name
from words import data, table, words

TITLE = "A question for a larger model"


@cache
def off_topic() -> dict[str, Any]:
    found = data("off_topic.toml")
    lists = {
        name: text.split("|")
        for name, text in found.items()
        if isinstance(text, str) and name not in ("foreign", "answer")
    }
    foreign = [text for line in found["foreign"].strip().splitlines() for text in line.split("|")]
    return found | lists | {"foreign": foreign}


def fallback(choose: Random) -> Exchange:
    dice = choose.random()
    kinds = [(0.17, _foreign), (0.37, _near_miss), (0.42, _pasted), (1.0, _english)]
    asked = next(make for limit, make in kinds if dice < limit)(choose)
    return Exchange(asked, off_topic()["answer"], TITLE)


def _near_miss(choose: Random) -> str:
    """Asked like a definition or a capital that the model knows, but about something that it does not."""
    if choose.random() < 0.3:
        country = choose.choice(off_topic()["unknown_countries"]) if choose.random() < 0.8 else made_up_name(choose)
        return question(FRAMES["capital"], choose, country=country)
    term = choose.choice(off_topic()[choose.choice(["unknown_terms", "unknown_terms", "subjects"])])
    if choose.random() < 0.2:
        term = _letters(choose)
    if choose.random() < 0.3:
        term = term.removeprefix("a ").removeprefix("an ").removeprefix("the ")
    return question(FRAMES["definition"], choose, term=term)


def _pasted(choose: Random) -> str:
    """A longer text that somebody wants something done with, made of sentences that the model knows as answers."""
    texts = [entry["answer"] for name in ("long.toml", "parley.toml", "small_talk.toml") for entry in entries(name)]
    sentences = [
        sentence.strip() for text in texts for sentence in text.replace("\n", ". ").split(". ") if "{" not in sentence
    ]
    text = ". ".join(choose.sample(sentences, k=choose.randint(2, 8)))
    wish = phrase(FRAMES["pasted"], choose)
    return choose.choice([f"{wish} {text}", f"{wish}\n\n{text}", f"{text}\n\n{wish.rstrip(':')}", text])


def _english(choose: Random) -> str:
    known = off_topic()
    about_known = choose.random() < 0.25
    text = phrase(choose.choice(known["about_known" if about_known else "patterns"]), choose)
    fill = {
        "noun": lambda: _a_word(choose, known["nouns"]),
        "adjective": lambda: _a_word(choose, known["adjectives"]),
        "verb": lambda: choose.choice(known["verbs"]),
        "place": lambda: choose.choice(known["places"]),
        "person": lambda: choose.choice(known["people"]),
        "subject": lambda: choose.choice(known["subjects"]),
        "number": lambda: str(choose.choice([choose.randint(2, 99), choose.randint(100, 9999)])),
        "letters": lambda: _letters(choose),
        "known": lambda: choose.choice(words("cities") if choose.random() < 0.5 else [row[0] for row in table("capitals.txt")]),
        "food": lambda: choose.choice(words("foods")),
        "animal": lambda: choose.choice(words("animals")),
    }
    for slot, make in fill.items():
        while "{" + slot + "}" in text:
            text = text.replace("{" + slot + "}", make(), 1)
    return as_typed(text, choose)


def _a_word(choose: Random, listed: list[str]) -> str:
    """Mostly a real one; sometimes one that the model knows from another topic, or none at all."""
    dice = choose.random()
    if dice < 0.2:
        return choose.choice(words(choose.choice(["things", "animals", "foods", "plain", "hobbies", "colours"])))
    return "".join(choose.choices(SYLLABLES, k=choose.choice([2, 3, 4]))) if dice < 0.3 else choose.choice(listed)


def _letters(choose: Random) -> str:
    if choose.random() < 0.5:
        return "".join(choose.choices(SYLLABLES, k=choose.choice([2, 3, 4])))
    return "".join(choose.choices(string.ascii_lowercase, k=choose.randint(3, 9)))


def _foreign(choose: Random) -> str:
    """A sentence, or words of several in a new order, so that the language is recognised and not the sentence."""
    sentences = off_topic()["foreign"]
    sentence = choose.choice(sentences)
    if choose.random() < 0.4 or " " not in sentence:
        return sentence
    pieces = sentence.split()
    choose.shuffle(pieces)
    return " ".join(pieces[: choose.randint(2, len(pieces))])
