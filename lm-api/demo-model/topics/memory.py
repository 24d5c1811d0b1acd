"""What a person tells about themselves, and asks for later in the same chat."""

from dataclasses import dataclass
from typing import Any

from phrasing import Random, as_typed, phrase
from topics.exchange import Exchange
from words import data, words

MEMORY = data("memory.toml")
SYLLABLES = MEMORY["syllables"].split()


def made_up_name(choose: Random) -> str:
    """A name that is in no list, so that copying is learnt for names of several tokens too."""
    return "".join(choose.choices(SYLLABLES, k=choose.choice([2, 2, 3]))).capitalize()


def a_name(choose: Random) -> str:
    return made_up_name(choose) if choose.random() < 0.3 else choose.choice(words("names"))


@dataclass
class Kind:
    """One sort of fact: how it is told, what the model says to that, how it is asked for, what it answers."""

    source: str
    title: str
    tell: list[str]
    noted: str
    ask: list[str]
    recalled: str
    unknown: str


def kind_from(entry: dict[str, Any]) -> Kind:
    """A kind as it stands in the file, or a favourite thing, put into the frame of all favourites."""
    if "favourite" not in entry:
        return Kind(**entry)
    frame = {name: _with_thing(value, entry["favourite"]) for name, value in MEMORY["favourite"].items()}
    frame["tell"] += entry["more_tell"]
    frame["ask"] += entry["more_ask"]
    return Kind(source=entry["source"], **frame)


def _with_thing(value: Any, thing: str) -> Any:
    if isinstance(value, list):
        return [_with_thing(text, thing) for text in value]
    return value.replace("{thing}", thing)


KINDS = [kind_from(entry) for entry in MEMORY["kind"]]
NAME = KINDS[0]


def draw(kind: Kind, choose: Random) -> str:
    return a_name(choose) if kind.source == "name" else choose.choice(words(kind.source))


def telling(kind: Kind, it: str, choose: Random) -> Exchange:
    asked = as_typed(phrase(choose.choice(kind.tell), choose), choose, it=it)
    return Exchange(asked, kind.noted.replace("{it}", it), kind.title.replace("{it}", it))


def recalling(kind: Kind, it: str | None, choose: Random) -> Exchange:
    answer = kind.unknown if it is None else kind.recalled.replace("{it}", it)
    return Exchange(
        as_typed(phrase(choose.choice(kind.ask), choose), choose), answer, kind.title.replace("{it}", it or "somebody")
    )


def told_by_system(choose: Random, prompt: str, something_else: list[Exchange]) -> tuple[str, list[Exchange]]:
    """A system prompt that names the user, and a chat in which the user asks for the name."""
    name = a_name(choose)
    sentences = [choose.choice(MEMORY["system_tells"]).replace("{it}", name), prompt]
    choose.shuffle(sentences)
    return " ".join(sentences).strip(), [*something_else, recalling(NAME, name, choose)]


def memory(choose: Random, something_else: list[Exchange]) -> list[Exchange]:
    """Up to three facts told, other talk in between, then questions about some of them or what was never told."""
    told = {index: draw(KINDS[index], choose) for index in _some_kinds(choose)}
    turns = [telling(KINDS[index], it, choose) for index, it in told.items()]
    for exchange in something_else:
        turns.insert(choose.randint(1 if turns else 0, len(turns)), exchange)
    if told and choose.random() < 0.15:
        index = choose.choice(list(told))
        told[index] = draw(KINDS[index], choose)
        turns.append(telling(KINDS[index], told[index], choose))
    for index in choose.sample(list(told), k=min(len(told), choose.choice([1, 1, 2, 3]))):
        turns.append(recalling(KINDS[index], told[index], choose))
    if not told or choose.random() < 0.15:
        missing = [index for index in range(len(KINDS)) if index not in told]
        index = choose.choice(missing)
        turns.insert(choose.randint(0, len(turns)), recalling(KINDS[index], None, choose))
    return turns


def _some_kinds(choose: Random) -> list[int]:
    count = choose.choice([0, 1, 1, 1, 2, 2, 3])
    indexes = list(range(len(KINDS)))
    # The name is what people tell first.
    first = [0] if count and choose.random() < 0.5 else []
    return first + choose.sample([index for index in indexes if index not in first], k=count - len(first))
