"""Maximum likelihood against maximum a posteriori: two labels, a mixture of each, and how common they are."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audioclf.lessons.em import Mixture, Points, fitted
from audioclf.lessons.view import Axis, Curve, Mark, Panel, View
from audioclf.types import Clip
from audioclf.wording import percent, text

Array = NDArray[np.float64]

N_POINTS = 400  # that each mixture is fitted to
GRID = np.linspace(-5.0, 5.0, 2001)
SHOWN = slice(None, None, 8)


@lru_cache(maxsize=1)
def mixtures() -> tuple[Mixture, Mixture]:
    """A mixture of two components for each label, fitted to points along one feature."""
    rng = np.random.default_rng(5)
    made = [
        np.concatenate([rng.normal(-1.6, 0.7, N_POINTS // 2), rng.normal(0.2, 0.6, N_POINTS // 2)]),
        np.concatenate([rng.normal(0.6, 0.8, N_POINTS // 2), rng.normal(2.2, 0.7, N_POINTS // 2)]),
    ]
    first, second = (fitted(points[:, None], 2, "full") for points in made)
    return first, second


def errors(densities: Array, prior: float) -> tuple[float, float]:
    """Shares of wrong answers by maximum likelihood and by MAP. densities: (2, n) on GRID. prior: of the first."""
    joint = densities * np.array([[prior], [1 - prior]])
    total = joint.sum()
    likeliest = densities.argmax(axis=0)
    ml = 1 - joint[likeliest, np.arange(joint.shape[1])].sum() / total
    return float(ml), float(1 - joint.max(axis=0).sum() / total)


def borders(rows: Array) -> list[float]:
    """Where the larger of two rows (2, n) on GRID changes."""
    change = np.flatnonzero(np.diff(rows.argmax(axis=0)))
    return [float((GRID[i] + GRID[i + 1]) / 2) for i in change]


def priors(clip: Clip, prior: float) -> View:
    """Densities of two labels with and without their priors, and where each rule decides. The clip is not used.

    prior: of the first label, in percent.
    """
    share = prior / 100
    points: Points = GRID[:, None]
    densities = np.exp(np.stack([mixture.log_likelihood(points) for mixture in mixtures()]))
    joint = densities * np.array([[share], [1 - share]])
    wrong_ml, wrong_map = errors(densities, share)
    said = text("priors.said", prior=f"{prior:g}", ml=percent(wrong_ml), map=percent(wrong_map))
    plain, weighted = text("priors.density"), text("priors.weighted")
    alt_ml = text("priors.ml_alt", places=_places(densities), wrong=percent(wrong_ml))
    alt_map = text("priors.map_alt", places=_places(joint), wrong=percent(wrong_map))
    return View(
        panels=(
            _panel(text("priors.ml_title"), plain, alt_ml, densities, "p", "ML"),
            _panel(text("priors.map_title"), weighted, alt_map, joint, "P", "MAP"),
        ),
        said=said,
        facts=(
            (text("priors.wrong_ml"), percent(wrong_ml)),
            (text("priors.wrong_map"), percent(wrong_map)),
        ),
        arrays={"feature": GRID, "densities": densities, "joint": joint},
    )


def _panel(title: str, quantity: str, alt: str, rows: Array, part: str, rule: str) -> Panel:
    """The curves of both labels, and where the rule changes its answer. part: of the formula."""
    names = [text("priors.label_a"), text("priors.label_b")]
    curves = [
        Curve(GRID[SHOWN], row[SHOWN], names[i], "line", i + 1, part=part) for i, row in enumerate(rows)
    ]
    x = Axis(text("priors.feature"), float(GRID[0]), float(GRID[-1]))
    y = Axis(quantity, 0.0, 1.1 * float(rows.max()))
    return Panel(title, x, y, alt, curves, marks=_marks(rows, rule))


def _places(rows: Array) -> str:
    return ", ".join(f"{x:.2f}".replace("-", "−") for x in borders(rows)) or text("priors.nowhere")


def _marks(rows: Array, rule: str) -> tuple[Mark, ...]:
    return tuple(Mark(rule, x=x) for x in borders(rows))
