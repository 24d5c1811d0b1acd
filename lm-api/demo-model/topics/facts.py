"""What the model knows by heart: small talk, Parley, definitions, capitals."""

from phrasing import as_typed, phrase, question
from topics.exchange import FRAMES, Exchange, Random, ask_entry, entries
from words import table, words

WHOLE_QUESTIONS = 0.5  # of those about Parley; the others are put together from frames


def small_talk(choose: Random) -> Exchange:
    return ask_entry(choose.choice(entries("small_talk.toml")), choose)


def parley(choose: Random) -> Exchange:
    entry = choose.choice(entries("parley.toml"))
    framed = [kind for kind in FRAMES["parley"] if kind in entry]
    if not framed or choose.random() < WHOLE_QUESTIONS:
        return ask_entry(entry, choose)
    kind = choose.choice(framed)
    subject = phrase(choose.choice(entry[kind]), choose)
    return Exchange(question(FRAMES["parley"][kind], choose, it=subject), entry["answer"], entry["title"])


def long_answer(choose: Random) -> Exchange:
    entry = choose.choice(entries("long.toml"))
    return ask_entry(entry, choose, name=choose.choice(words("names")), animal=choose.choice(words("animals")))


def definition(choose: Random) -> Exchange:
    term, others, answer = choose.choice(table("definitions.txt"))
    named = choose.choice([term, term, *others.split("; ")])
    if choose.random() < 0.45:
        named = named.removeprefix("a ").removeprefix("an ").removeprefix("the ")
    return Exchange(
        question(FRAMES["definition"], choose, term=named),
        answer,
        f"About {term.removeprefix('a ').removeprefix('an ')}",
    )


def capital(choose: Random) -> Exchange:
    country, city = choose.choice(table("capitals.txt"))
    asked = as_typed(phrase(choose.choice(FRAMES["capital"]), choose, country=country), choose)
    return Exchange(asked, f"The capital of {country} is {city}.", f"The capital of {country}")
