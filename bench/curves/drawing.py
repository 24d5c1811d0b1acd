"""Curves drawn as SVG, to be read within a page."""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.fonttype": "none",  # keep text as text
        "svg.hashsalt": "parley",  # the same points give the same file
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e5e5e5",
        "axes.prop_cycle": mpl.cycler(color=["#0b7285", "#e8590c", "#5f3dc4", "#868e96"]),
    }
)

from matplotlib import pyplot  # noqa: E402  # after its settings
from matplotlib.ticker import FuncFormatter  # noqa: E402

from bench.curves.curve import Curve, slope  # noqa: E402


def draw(curve: Curve, folder: Path, source: str) -> Path:
    """Draw a curve on logarithmic axes, where a straight line is a power and its steepness the exponent.

    Args:
        source: machine and commit, for the line below.
    """
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for name, points in curve.series.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=f"{name}\n{slope(points)}")
    axes.set(xscale="log", yscale="log", xlabel=curve.x, ylabel=curve.y, title=curve.title)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    lowest, highest = axes.get_ylim()
    if highest / lowest < 30:  # within one power of ten, the axis would have no marks
        axes.set_ylim(min(lowest, highest / 30), highest * 1.3)
    axes.set_xticks([x for x, _ in max(curve.series.values(), key=len)])
    axes.legend(frameon=False, fontsize=8, loc="best")
    figure.text(0.005, 0.005, source, fontsize=6, color="#868e96")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{curve.name}.svg"
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path
