"""Lists, tables and code."""

from phrasing import question
from topics.exchange import FRAMES, Exchange, Random, entries

TITLES = {
    "list": "A list of {about}",
    "table": "A table of {about}",
    "code": "Code that {about}",
    "sql": "An SQL query",
    "dockerfile": "A Dockerfile",
    "curl": "Calling the API with curl",
}


def formatted(choose: Random) -> Exchange:
    entry = choose.choice(entries("formats.toml"))
    about = choose.choice(entry["about"])
    title = TITLES[entry["kind"]].replace("{about}", entry["about"][0])
    return Exchange(question(FRAMES["formats"][entry["kind"]], choose, about=about), entry["answer"], title)
