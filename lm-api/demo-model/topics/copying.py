"""Echo and counting: what is said back, and what goes on by one."""

from phrasing import as_typed, phrase
from topics.exchange import FRAMES, Exchange, Random
from words import HIGHEST_NUMBER, words

POPULAR_NUMBERS = (5, 10, 20, 50, 100, 100, 150, 200, 250, HIGHEST_NUMBER, HIGHEST_NUMBER)
COPYABLE = ("names", "cities", "colours", "animals", "foods", "things", "plain", "plain")


def some_words(choose: Random, count: int) -> list[str]:
    return [choose.choice(words(choose.choice(COPYABLE))) for _ in range(count)]


def echo(choose: Random) -> Exchange:
    said = " ".join(some_words(choose, choose.choice([1, 2, 2, 3, 3, 4, 5, 6])))
    if choose.random() < 0.25:
        said = said.capitalize()
    asked = phrase(choose.choice(FRAMES["copying"]["echo"]), choose).replace("{words}", said)
    if choose.random() < 0.5:
        asked = asked[0].upper() + asked[1:]
    return Exchange(asked, said, "Repeating words")


def counting(choose: Random) -> Exchange:
    if choose.random() < 0.3:
        first = choose.randint(2, choose.choice([20, 100, HIGHEST_NUMBER - 30]))
        last = min(HIGHEST_NUMBER, first + choose.randint(2, 40))
        frames = FRAMES["copying"]["count_from"]
    else:
        first, last, frames = 1, _last_number(choose), FRAMES["copying"]["count"]
    asked = as_typed(phrase(choose.choice(frames), choose), choose, first=str(first), number=str(last))
    return Exchange(asked, ", ".join(str(number) for number in range(first, last + 1)), f"Counting to {last}")


def _last_number(choose: Random) -> int:
    """Mostly short, or counting would fill half of the text; but each number up to 300 ends some row."""
    dice = choose.random()
    if dice < 0.65:
        return choose.randint(2, 40)
    return choose.choice(POPULAR_NUMBERS) if dice < 0.77 else choose.randint(2, HIGHEST_NUMBER)
