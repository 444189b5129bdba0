"""Measure how well a model compares voices: score the trials, calibrate on some people, judge on others."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf import effects
from audioclf.data.speakers import Recording, recordings, trials
from audioclf.evaluation import detection
from audioclf.evaluation.detection import Trials
from audioclf.inference.verification import Verifier, calibrated_ratio
from audioclf.types import Clip, Progress, no_progress
from audioclf.zoo.registry import open_registry, root_of
from audioclf.zoo.writing import save_model, write_cards

Array = NDArray[np.float64]

HEARD_RATE = 16_000  # Hz, at which the channel of a test is changed
CHANNELS = ("same", "other")
MISTAKEN = 0.03  # share of the trials, of people who calibrate, that are answered wrongly beyond the band
LEAST_SECONDS = 0.3
ALL = "all"


@dataclass(frozen=True, eq=False)
class Scored:
    """All trials of one role. raw: (n,) scores before calibration. enrolled_seconds, seconds: (n,) of speech.

    enrolments, tests: (n,) indices of the recordings. channel: (n,) of the test, index in CHANNELS.
    """

    enrolled: tuple[Recording, ...]
    tested: tuple[Recording, ...]
    enrolments: NDArray[np.intp]
    tests: NDArray[np.intp]
    channel: NDArray[np.intp]
    raw: Array
    enrolled_seconds: Array
    seconds: Array

    def column(self, side: str, name: str) -> NDArray[np.str_]:
        """(n,) a field of the recordings on one side, "enrolled" or "tested"."""
        values = np.array([getattr(r, name) for r in getattr(self, side)])
        return values[self.enrolments if side == "enrolled" else self.tests]

    @property
    def is_target(self) -> NDArray[np.bool_]:
        return self.column("enrolled", "speaker") == self.column("tested", "speaker")

    def llr(self, calibration: Mapping[str, float]) -> Array:
        """(n,) calibrated scores."""
        return calibrated_ratio(calibration, self.raw, self.enrolled_seconds, self.seconds)


def evaluate(
    model_id: str, data: Path, out: str | Path | None = None, progress: Progress = no_progress
) -> dict:
    """Calibrate and judge the model in the registry `out`, store the numbers there, and return its metrics."""
    root = root_of(out)
    config, model = open_registry(root).load_verifier(model_id)
    verifier = Verifier(config, model)
    calibration = calibrated(scored(verifier, data, "develop", progress))
    metrics = {"verification": judged(scored(verifier, data, "judge", progress), calibration)}
    save_model(root / model_id, replace(config, calibration=calibration, metrics=metrics), model)
    write_cards(root)
    return metrics


def scored(verifier: Verifier, data: Path, role: str, progress: Progress = no_progress) -> Scored:
    """Score all trials of one role on the data sets below `data`, each test in both of CHANNELS."""
    enrolled, tested = recordings("enrol", role), recordings("test", role)
    voices = [verifier.enrol([r.clip(data, HEARD_RATE)]) for r in enrolled]
    pairs: dict[int, list[int]] = {}
    for i, j in trials(enrolled, tested):
        pairs.setdefault(j, []).append(i)
    rows = []
    for done, (j, own) in enumerate(pairs.items()):
        clip = tested[j].clip(data, HEARD_RATE)
        for channel, heard in enumerate((clip, other_channel(clip))):
            x, _ = verifier.speech(heard)
            found = verifier.model.scores([voices[i].vectors for i in own], x)
            seconds = verifier.seconds_of(x.shape[1])
            rows += [
                (i, j, channel, raw, voices[i].seconds, seconds) for i, raw in zip(own, found, strict=True)
            ]
        progress(done + 1, len(pairs), f"scoring trials, {role}")
    columns = list(zip(*rows, strict=True))
    whole, real = [np.array(c, np.intp) for c in columns[:3]], [np.array(c, float) for c in columns[3:]]
    return Scored(enrolled, tested, whole[0], whole[1], whole[2], real[0], real[1], real[2])


def other_channel(clip: Clip) -> Clip:
    """The clip through another microphone, a codec and a little noise: always the same ones for the same clip."""
    rng = np.random.default_rng(zlib.crc32(clip.name.encode()))
    hz = (60, 150, 300, 600, 1200, 2400, 4800, 7500)
    steps: list[effects.Perturbation] = [effects.Response(hz, tuple(rng.normal(0, 5, len(hz))))]
    if rng.random() < 0.5:
        steps.append(effects.band_limit(rng.uniform(60, 300), rng.uniform(3000, 7000)))
    if rng.random() < 0.7:
        codec = str(rng.choice(["mp3", "opus", "mulaw"]))
        kbps = {"mp3": rng.uniform(24, 64), "opus": rng.uniform(8, 32), "mulaw": 64.0}[codec]
        steps.append(effects.Codec(codec, float(kbps)))
    if rng.random() < 0.5:
        steps.append(effects.Noise(rng.uniform(20, 40), str(rng.choice(list(effects.NOISE_COLOURS)))))
    return effects.chain(clip, steps, rng)


def calibrated(found: Scored) -> dict[str, float]:
    """Calibration, threshold and band from the trials of people who do not judge.

    Logistic regression (Brümmer and du Preez, 2006), whose slope and offset depend on the lengths of speech. The
    threshold refuses as large a share of targets as it accepts of impostors. For both, every data set and length
    counts alike. With an enrolment of 10 s and a test of 3 s or more, at most MISTAKEN of the targets and of the
    impostors are on the wrong side beyond the band.
    """
    calibration = _regression(found, weights := _even_weights(found))
    target, llr = found.is_target, found.llr(calibration)
    threshold = _equal_threshold(llr, target, weights)
    long = (found.column("enrolled", "kind") == "10 s") & (found.column("tested", "kind") != "word")
    low, high = np.quantile(llr[long & target], MISTAKEN), np.quantile(llr[long & ~target], 1 - MISTAKEN)
    band = max(0.0, threshold - low, high - threshold)
    return {**calibration, "threshold": threshold, "band": float(band), "least_seconds": LEAST_SECONDS}


def _regression(found: Scored, weights: Array) -> dict[str, float]:
    """The parameters of `calibrated_ratio` that make the scores log-likelihood ratios."""
    from scipy.optimize import minimize
    from scipy.special import expit

    target, spread = found.is_target, found.raw.std()
    lengths = np.stack([np.log(found.seconds), np.log(found.enrolled_seconds)])

    def loss(x: Array) -> tuple[float, Array]:
        scaled = np.exp(x[0] + x[2:4] @ lengths) * found.raw / spread
        llr = scaled + x[1] + x[4:] @ lengths
        signed = np.where(target, -llr, llr)
        slope = weights * np.where(target, -1, 1) * expit(signed)
        steps = np.array([slope @ scaled, slope.sum(), *lengths @ (slope * scaled), *lengths @ slope])
        return float(weights @ np.logaddexp(0, signed)), steps

    best = minimize(loss, np.zeros(6), jac=True, method="BFGS").x
    names = ("scale", "offset", "second_power", "enrolled_power", "per_log_second", "per_log_enrolled")
    return dict(zip(names, map(float, (np.exp(best[0]) / spread, *best[1:])), strict=True))


def _equal_threshold(llr: Array, target: NDArray[np.bool_], weights: Array) -> float:
    """The threshold that refuses the same share of targets as it accepts of impostors."""
    order = np.argsort(llr)
    refused = np.cumsum(np.where(target, weights, 0)[order])
    accepted = 1 - np.cumsum(np.where(target, 0, weights)[order]) / weights[~target].sum()
    return float(llr[order][np.argmax(refused / refused[-1] >= accepted)])


def _even_weights(found: Scored) -> Array:
    """(n,) weights with which targets and impostors count alike; of both, the data sets and kinds of recordings."""
    target = found.is_target
    kinds = (
        found.column("tested", "dataset"),
        found.column("enrolled", "kind"),
        found.column("tested", "kind"),
    )
    _, cell, sizes = np.unique(
        np.stack([*kinds, target.astype(str)]), axis=1, return_inverse=True, return_counts=True
    )
    weights = 1 / sizes[cell.ravel()]
    return np.where(target, weights / weights[target].sum(), weights / weights[~target].sum()) / 2


def _weights(found: Scored, chosen: NDArray[np.bool_]) -> Array:
    """(n,) weights with which all data sets count alike, as do their targets and impostors; 0 if not chosen."""
    weights = np.zeros(len(found.raw))
    datasets, target = found.column("tested", "dataset"), found.is_target
    for name in np.unique(datasets[chosen]):
        for kind in (target, ~target):
            own = chosen & (datasets == name) & kind
            weights[own] = 1 / max(1, own.sum())
    return weights / max(1e-12, weights.sum())


def judged(found: Scored, calibration: Mapping[str, float]) -> dict[str, Any]:
    """The content of metrics.verification: every measure for each condition."""
    llr, conditions = found.llr(calibration), {}
    for title, chosen in _conditions(found):
        conditions[title] = _measured(found, llr, chosen, calibration, detailed=title.startswith(ALL))
    people = {name: len({r.speaker for r in found.tested if r.dataset == name}) for name in _datasets(found)}
    return {"conditions": conditions, "people": people, "target_prior": detection.TARGET_PRIOR}


def _datasets(found: Scored) -> list[str]:
    return list(dict.fromkeys(r.dataset for r in found.tested))


def _conditions(found: Scored) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Title and mask of each condition: data set, enrolment, test, channel, session."""
    datasets, target = found.column("tested", "dataset"), found.is_target
    enrol, test = found.column("enrolled", "kind"), found.column("tested", "kind")
    moved = found.column("enrolled", "session") != found.column("tested", "session")
    # A test from another session of the same person is a condition of its own.
    usual = ~(target & moved)
    for dataset in (ALL, *_datasets(found)):
        own = np.ones_like(usual) if dataset == ALL else datasets == dataset
        for e in ("takes", "10 s"):
            for t in ("word", "3 s", "5 s"):
                for c, channel in enumerate(CHANNELS):
                    asked = own & (enrol == e) & (test == t) & (found.channel == c)
                    for session, mask in (("", usual), (" · other session", ~target | moved)):
                        chosen = asked & mask
                        many = min((chosen & target).sum(), (chosen & ~target).sum()) >= 20
                        if many and not (session and dataset == ALL):
                            yield f"{dataset} · {e} · {t} · {channel} channel{session}", chosen


def _measured(
    found: Scored, llr: Array, chosen: NDArray[np.bool_], calibration: Mapping[str, float], detailed: bool
) -> dict[str, Any]:
    speakers = [
        np.char.add(found.column(s, "dataset"), found.column(s, "speaker")) for s in ("enrolled", "tested")
    ]
    names = np.unique(np.concatenate(speakers))
    enrolled, tested = (np.searchsorted(names, s[chosen]) for s in speakers)
    target = found.is_target[chosen]
    own = Trials(llr[chosen], target, enrolled, tested, _weights(found, chosen)[chosen])
    accepted, rejected = (float(rate[0]) for rate in own.rates(np.array([calibration["threshold"]])))
    unsure = np.abs(own.scores - calibration["threshold"]) <= calibration["band"]
    result = {
        "eer": detection.equal_error_rate(own),
        "interval": list(detection.interval(own)),
        "min_dcf": detection.least_cost(own),
        "act_dcf": detection.actual_cost(own),
        "far": accepted,
        "frr": rejected,
        "unsure": float(own.weights[unsure].sum() / own.weights.sum()),
        "n_targets": int(target.sum()),
        "n_impostors": int((~target).sum()),
        "n_people": len(np.unique(enrolled)),
    }
    more = {"det": detection.det_points(own), **detection.histograms(own)} if detailed else {}
    return {**{k: round(v, 5) if isinstance(v, float) else v for k, v in result.items()}, **more}
