"""A measured curve, and how to describe its growth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import linear_regression

Points = Sequence[tuple[float, float]]

GROWTH = {-0.15: "falls", 0.15: "flat", 0.75: "slower than linear", 1.25: "linear"}
"""By the largest exponent that the description covers."""


@dataclass(frozen=True)
class Curve:
    name: str
    """The name of its file."""
    title: str
    x: str
    y: str
    series: Mapping[str, Points]
    """By name, points in the order of x; every value is above zero."""


def exponent(points: Points) -> float:
    """Return the b of the best-fitting y = a·xᵇ: 0 is flat, 1 is linear."""
    return linear_regression([log(x) for x, _ in points], [log(y) for _, y in points]).slope


def steepest(points: Points) -> float:
    """Return the largest exponent between neighbouring points; a knee has one far above the whole curve's."""
    return max(log(b / a) / log(to / start) for (start, a), (to, b) in pairwise(points))


def slope(points: Points) -> str:
    """Describe the growth in words, with its figures."""
    grows = exponent(points)
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    word = next((word for limit, word in GROWTH.items() if grows < limit), "faster than linear")
    return f"{word}: × {last_y / first_y:.2f} for × {last_x / first_x:,.0f} (exponent {grows:.2f})"
