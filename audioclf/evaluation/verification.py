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

    Logistic regression with equal weight for targets and impostors (Brümmer and du Preez, 2006). The threshold
    refuses as many targets as it accepts impostors, with an enrolment of 10 s and a test of 3 s or more. Beyond its
    band are at most MISTAKEN of the targets on the wrong side, and of the impostors.
    """
    from scipy.optimize import minimize

    target = found.is_target
    weights = _weights(found, np.ones(len(target), bool))
    inputs = np.stack(
        [found.raw, np.ones_like(found.raw), np.log(found.seconds), np.log(found.enrolled_seconds)], axis=1
    )
    scale = np.array([found.raw.std(), 1.0, 1.0, 1.0])

    def loss(x: Array) -> tuple[float, Array]:
        llr = inputs / scale @ x
        signed = np.where(target, -llr, llr)
        slope = weights * np.where(target, -1, 1) / (1 + np.exp(-signed))
        return float((weights * np.logaddexp(0, signed)).sum()), inputs.T @ slope / scale

    best = minimize(loss, np.array([1.0, 0, 0, 0]), jac=True, method="BFGS").x / scale
    names = ("scale", "offset", "per_log_second", "per_log_enrolled")
    calibration = dict(zip(names, map(float, best), strict=True))
    llr = found.llr(calibration)
    steady = (found.column("enrolled", "kind") == "10 s") & (found.column("tested", "kind") != "word")
    known = llr[steady & target], llr[steady & ~target]
    threshold = _equal_threshold(*known)
    low, high = np.quantile(known[0], MISTAKEN), np.quantile(known[1], 1 - MISTAKEN)
    band = max(0.0, threshold - low, high - threshold)
    return {**calibration, "threshold": threshold, "band": float(band), "least_seconds": LEAST_SECONDS}


def _equal_threshold(targets: Array, impostors: Array) -> float:
    """The threshold that refuses the same share of targets as it accepts of impostors."""
    thresholds = np.sort(np.concatenate([targets, impostors]))
    refused = np.searchsorted(np.sort(targets), thresholds) / len(targets)
    accepted = 1 - np.searchsorted(np.sort(impostors), thresholds) / len(impostors)
    return float(thresholds[np.argmax(refused >= accepted)])


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
