"""A measured curve, and the word for how it grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import linear_regression

Points = Sequence[tuple[float, float]]

GROWTH = {-0.15: "falls", 0.15: "flat", 0.75: "slower than linear", 1.25: "linear"}
"""Up to which exponent a curve is called what."""


@dataclass(frozen=True)
class Curve:
    name: str
    """Of its file."""
    title: str
    x: str
    y: str
    series: Mapping[str, Points]
    """Name to points, in the order of x; every value is above zero."""


def exponent(points: Points) -> float:
    """The b of y = a·xᵇ that fits best: 0 is flat, 1 is linear."""
    return linear_regression([log(x) for x, _ in points], [log(y) for _, y in points]).slope


def steepest(points: Points) -> float:
    """The largest exponent between two neighbouring points; far above the whole curve's, it is a knee."""
    return max(log(b / a) / log(to / start) for (start, a), (to, b) in pairwise(points))


def slope(points: Points) -> str:
    """In words, with its figures."""
    grows = exponent(points)
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    word = next((word for limit, word in GROWTH.items() if grows < limit), "faster than linear")
    return f"{word}: × {last_y / first_y:.2f} for × {last_x / first_x:,.0f} (exponent {grows:.2f})"
