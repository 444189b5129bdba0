"""Mixtures by hand: EM on toy sets and on two features of the clip, number of components, densities, alarms."""

import numpy as np
from numpy.typing import NDArray

from audioclf.lessons.em import Mixture, Points, fitted, n_parameters, start, steps
from audioclf.lessons.excerpt import excerpt
from audioclf.lessons.resynthesis import mel_envelopes
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, View, range_of, signed
from audioclf.types import Clip
from audioclf.wording import percent, text

N_POINTS = 240
MAX_K = 6
N_CELLS = 80
ANGLES = np.linspace(0, 2 * np.pi, 61)


def points_of(clip: Clip, data: str) -> Points:
    """(n, 2) points, each axis with mean 0 and deviation 1: a toy set, or two cepstra of the clip's louder frames."""
    rng = np.random.default_rng(3)
    if data == "clip":
        full, _, cepstra = mel_envelopes(excerpt(clip), 26, 26)
        loud = full.max(axis=0) >= full.max() - 40
        found = cepstra[1:3, loud].T if loud.sum() > 20 else cepstra[1:3].T
    elif data == "moons":
        angle = np.pi * rng.random(N_POINTS)
        upper = rng.random(N_POINTS) < 0.5
        arcs = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        found = np.where(upper[:, None], arcs, [1.0, 0.4] - arcs) + 0.08 * rng.standard_normal((N_POINTS, 2))
    elif data == "stretched":
        found = rng.standard_normal((N_POINTS, 2)) @ np.array([[1.2, 0.9], [0.0, 0.25]])
        found[N_POINTS // 2 :] += [0.0, 2.0]
    else:
        centres = np.array([[0.0, 0.0], [3.0, 0.5], [1.0, 3.0]])
        found = centres[rng.integers(3, size=N_POINTS)] + 0.55 * rng.standard_normal((N_POINTS, 2))
    return (found - found.mean(axis=0)) / np.maximum(found.std(axis=0), 1e-6)


def expectation(clip: Clip, data: str, k: int, kind: str, init: str, step: int) -> View:
    """EM by half steps: soft assignments, ellipses of two deviations, log-likelihood of every mixture so far."""
    points = points_of(clip, data)
    history = list(steps(points, start(points, k, kind, init), kind, step))
    mixture, shares = history[-1]
    rises = [float(m.log_likelihood(points).mean()) for i, (m, _) in enumerate(history) if i % 2 == 0]
    what = (text("mixtures.start"), text("mixtures.e_step"), text("mixtures.m_step"))[
        0 if step == 0 else 2 - step % 2
    ]
    said = text("mixtures.em_said", what=what, n=(step + 1) // 2, likelihood=signed(rises[-1], 3))
    hardness = float(np.mean(shares.max(axis=1)))
    return View(
        panels=(
            _scatter(points, shares if step else None, mixture, said),
            Panel(
                text("mixtures.rise_title"),
                Axis(text("mixtures.rounds"), -0.2, max(5.0, float(len(rises) - 1))),
                Axis(text("mixtures.likelihood"), *range_of(np.array(rises))),
                text("mixtures.rise_alt", first=signed(rises[0], 3), last=signed(rises[-1], 3)),
                (
                    Curve(np.arange(len(rises), dtype=float), np.array(rises), "", "line", 1, part="L"),
                    Curve(np.arange(len(rises), dtype=float), np.array(rises), "", "dots", 1, part="L"),
                ),
            ),
        ),
        said=said,
        facts=(
            (text("mixtures.likelihood"), signed(rises[-1], 3)),
            (text("mixtures.weights"), ", ".join(percent(float(w), 0) for w in mixture.weights)),
            (text("mixtures.certainty"), percent(hardness, 0)),
        ),
        arrays={
            "points": points,
            "responsibilities": shares,
            "means": mixture.means,
            "log_likelihood": np.array(rises),
        },
    )


def _scatter(points: Points, shares: Points | None, mixture: Mixture, alt: str) -> Panel:
    owner = None if shares is None else shares.argmax(axis=1)
    curves = [Curve(points[:, 0], points[:, 1], "", "dots", 7)] if owner is None else []
    for j, mean in enumerate(mixture.means):
        if owner is not None:
            mine = owner == j
            curves.append(Curve(points[mine, 0], points[mine, 1], "", "dots", 1 + j % MAX_K, part="r"))
        around = _ellipse(mean, mixture.covariances[j])
        name = text("mixtures.component", n=j + 1)
        curves.append(Curve(around[:, 0], around[:, 1], name, "line", 1 + j % MAX_K, part="N"))
    x, y = _axes(points)
    return Panel(
        text("mixtures.scatter_title"),
        x,
        y,
        text("mixtures.scatter_alt", n=len(points), said=alt),
        curves,
        size="square",
    )


def _axes(points: Points) -> tuple[Axis, Axis]:
    x = range_of(points[:, 0], margin=0.15)
    y = range_of(points[:, 1], margin=0.15)
    return Axis(text("mixtures.first"), *x), Axis(text("mixtures.second"), *y)


def _ellipse(mean: NDArray, covariance: NDArray) -> Points:
    """Where the Mahalanobis distance from the mean is 2."""
    circle = np.stack([np.cos(ANGLES), np.sin(ANGLES)])
    return mean + 2 * (np.linalg.cholesky(covariance) @ circle).T


def selection(clip: Clip, data: str, kind: str) -> View:
    """BIC and AIC of mixtures of one to MAX_K components: likelihood minus a price for every number."""
    points = points_of(clip, data)
    n, ks = len(points), np.arange(1, MAX_K + 1)
    found = [fitted(points, int(k), kind) for k in ks]
    totals = np.array([float(mixture.log_likelihood(points).sum()) for mixture in found])
    prices = np.array([n_parameters(int(k), 2, kind) for k in ks])
    bic, aic = prices * np.log(n) - 2 * totals, 2 * prices - 2 * totals
    best, other = int(ks[bic.argmin()]), int(ks[aic.argmin()])
    said = text("mixtures.selection_said", bic=best, aic=other)
    low, high = range_of(bic, aic)
    return View(
        panels=(
            Panel(
                text("mixtures.selection_title"),
                Axis(text("mixtures.k"), 0.7, MAX_K + 0.3, ticks=tuple((float(k), str(k)) for k in ks)),
                Axis(text("mixtures.criterion"), low, high),
                said,
                (
                    Curve(ks.astype(float), bic, "BIC", "line", 1, part="BIC"),
                    Curve(ks.astype(float), aic, "AIC", "dashed", 2),
                ),
                marks=(Mark(text("mixtures.lowest"), x=float(best)),),
            ),
            _scatter(points, None, found[best - 1], text("mixtures.best_alt", k=best)),
        ),
        said=said,
        facts=(
            (text("mixtures.bic_best"), str(best)),
            (text("mixtures.aic_best"), str(other)),
            (text("mixtures.points"), str(n)),
        ),
        arrays={"bic": bic, "aic": aic, "log_likelihood": totals},
    )


def density(clip: Clip, data: str, k: int, share: float) -> View:
    """Density of a fitted mixture, points drawn from it, and the rarest points, below a threshold of likelihood."""
    points = points_of(clip, data)
    mixture = fitted(points, k, "full")
    x, y = _axes(points)
    across, up = np.linspace(x.low, x.high, N_CELLS), np.linspace(y.low, y.high, N_CELLS)
    cells = np.stack(np.meshgrid(across, up), axis=2).reshape(-1, 2)
    field = mixture.log_likelihood(cells).reshape(N_CELLS, N_CELLS)
    logs = mixture.log_likelihood(points)
    limit = float(np.quantile(logs, share / 100))
    rare = logs < limit
    drawn = mixture.sample(len(points))
    said = text("mixtures.density_said", n=int(rare.sum()), of=len(points), limit=signed(limit, 2))
    plain = Curve(points[~rare, 0], points[~rare, 1], text("mixtures.usual"), "dots", 7)
    alarm = Curve(points[rare, 0], points[rare, 1], text("mixtures.alarm"), "dots", 5, part="p")
    made = Curve(drawn[:, 0], drawn[:, 1], text("mixtures.drawn"), "dots", 2)
    top = float(field.max())
    return View(
        panels=(
            Panel(
                text("mixtures.density_title"),
                x,
                y,
                said,
                (plain, alarm),
                field=Field(field, top - 8, top, text("mixtures.log_density")),
                size="square",
            ),
            Panel(
                text("mixtures.drawn_title"),
                x,
                y,
                text("mixtures.drawn_alt", n=len(drawn)),
                (made,),
                size="square",
            ),
        ),
        said=said,
        facts=((text("mixtures.limit"), signed(limit, 2)), (text("mixtures.alarms"), str(int(rare.sum())))),
        arrays={"points": points, "log_likelihood": logs, "drawn": drawn},
    )
