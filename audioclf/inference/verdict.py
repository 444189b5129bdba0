"""Predictions as sentences: the verdict, and notices about the sound."""

from collections.abc import Callable, Sequence

import numpy as np

from audioclf.types import Clip, Prediction
from audioclf.wording import family_name, listed, model_names, readable

NOTHING = "Nothing to hear: the clip is silent, or too quiet to judge."
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
CLEAR_LEAD = 0.005  # lead in probability that makes a model the surest; less does not show on the page
CLIPPED_SHARE = 0.02  # for comparison: a full-scale sine has 0.7 % of its loud samples at its peak
QUIET_PEAK = 0.01  # 40 dB below full scale
LONG = 1.25  # in windows: for a longer clip, a notice names the part that decided

Naming = Callable[[Prediction], str]


def verdict(predictions: Sequence[Prediction]) -> str:
    """One sentence on the predictions of one or more models."""
    heard = [p for p in predictions if p.heard]
    known = [p for p in heard if p.known]
    if not heard:
        return NOTHING
    name = _naming(predictions)
    if not known:
        sentence = _all_unknown(heard, name)
    elif len(known) == len(heard) and len({p.label for p in known}) == 1:
        sentence = _agreement(known, name)
    else:
        sentence = _split(known, [p for p in heard if not p.known], name)
    return sentence[0].upper() + sentence[1:] + "."


def _naming(predictions: Sequence[Prediction]) -> Naming:
    names = model_names((p.model, p.family) for p in predictions)
    if names == [p.model for p in predictions]:
        return lambda p: p.model
    return lambda p: f"the {family_name(p.family)}"


def _count(n: int) -> str:
    return NUMBERS.get(n, str(n))


def _all_unknown(heard: Sequence[Prediction], name: Naming) -> str:
    nearest = min(heard, key=lambda p: p.unknown_score)
    guess = readable(nearest.label)
    if len(heard) == 1:
        return f"{name(nearest)} does not know this sound; its closest guess is {guess}"
    who = "neither model" if len(heard) == 2 else f"none of the {_count(len(heard))}"
    if len({p.label for p in heard}) == 1:
        return f"{who} knows this sound; {'both' if len(heard) == 2 else 'all'} would guess {guess}"
    return f"{who} knows this sound; the closest guess is {guess}, by {name(nearest)}"


def _agreement(known: Sequence[Prediction], name: Naming) -> str:
    label = readable(known[0].label)
    sure = [p for p in known if p.certainty == "sure"]
    if len(known) == 1:
        return f"{name(known[0])} hears {label}" + (" and is sure" if sure else ", but is unsure")
    says = f"{'both models' if len(known) == 2 else f'all {_count(len(known))}'} hear {label}"
    if not sure:
        return f"{says}, but {'neither' if len(known) == 2 else 'none of them'} is sure"
    if len(sure) == 1:
        return f"{says}; only {name(sure[0])} is sure"
    if len(sure) < len(known):
        doubtful = [name(p) for p in known if p not in sure]
        return f"{says}; {listed(doubtful)} {'is' if len(doubtful) == 1 else 'are'} unsure"
    first, second = sorted(sure, key=lambda p: -p.scores.max())[:2]
    if first.scores.max() - second.scores.max() < CLEAR_LEAD:
        return f"{says} and are sure"
    return f"{says}; {name(first)} is surest"


def _split(known: Sequence[Prediction], unknown: Sequence[Prediction], name: Naming) -> str:
    groups: dict[str, list[Prediction]] = {}
    for p in sorted(known, key=lambda p: -p.scores.max()):
        groups.setdefault(readable(p.label), []).append(p)
    largest_first = sorted(groups.items(), key=lambda item: -len(item[1]))
    clauses = [_hears(members, label, name) for label, members in largest_first]
    if unknown:
        verb = "does" if len(unknown) == 1 else "do"
        clauses.append(f"{listed([name(p) for p in unknown])} {verb} not know this sound")
    if len(groups) < len(known) or unknown:
        return "; ".join(clauses)
    if any(p.certainty == "sure" for p in known):
        return f"the {_count(len(known))} disagree: " + "; ".join(clauses)
    none = "neither" if len(known) == 2 else "none of them"
    plain = [f"{name(p)} hears {readable(p.label)}" for members in groups.values() for p in members]
    return f"the {_count(len(known))} disagree, and {none} is sure: {listed(plain)}"


def _hears(members: Sequence[Prediction], label: str, name: Naming) -> str:
    unsure = [p for p in members if p.certainty == "unsure"]
    if len(members) == 1:
        return f"{name(members[0])} hears {label}" + (", but is unsure" if unsure else "")
    says = f"{listed([name(p).removeprefix('the ') for p in members])} hear {label}"
    if len(unsure) == len(members):
        return f"{says}, but are unsure"
    if unsure:
        verb = "is" if len(unsure) == 1 else "are"
        return f"{says}, though {listed([name(p) for p in unsure])} {verb} unsure"
    return says


def notices(clip: Clip, predictions: Sequence[Prediction], sample_rate: int) -> tuple[str, ...]:
    """Sentences about the sound that help to interpret the answer. sample_rate: of the models, in Hz."""
    heard = [p for p in predictions if p.heard]
    found = (_level(clip), _band(clip, sample_rate), _extent(clip, heard[0])) if heard else ()
    return tuple(sentence for sentence in found if sentence)


def listened(clip: Clip, predictions: Sequence[Prediction]) -> tuple[float, float] | None:
    """Start and end, in seconds within the clip, of the part that decided; None for a silent clip."""
    heard = [p for p in predictions if p.heard]
    if not heard:
        return None
    focus = heard[0].focus
    start, end = (0.0, clip.seconds) if focus is None else heard[0].window_seconds[focus]
    return max(0.0, float(start)), min(clip.seconds, float(end))


def _level(clip: Clip) -> str | None:
    level = np.abs(clip.samples)
    peak = float(level.max())
    if peak < QUIET_PEAK:
        below = -20 * np.log10(peak)
        return f"The sound is very quiet: its peak is {below:.0f} dB below full scale. Come closer."
    # The share of the loud samples, not of all: silence around a word must not hide clipping.
    at_the_top = np.count_nonzero(level >= peak - 2**-15) / np.count_nonzero(level >= peak / 2)
    if peak >= 0.99 and at_the_top >= CLIPPED_SHARE:
        return "The sound is clipped: its peaks are cut off at full scale. Record it at a lower level."
    return None


def _band(clip: Clip, sample_rate: int) -> str | None:
    if clip.sample_rate >= sample_rate:
        return None
    return (
        f"The sound is sampled at {clip.sample_rate / 1000:g} kHz, the models at {sample_rate / 1000:g} kHz: "
        f"frequencies above {clip.sample_rate / 2000:g} kHz are missing."
    )


def _extent(clip: Clip, prediction: Prediction) -> str | None:
    spans = prediction.window_seconds
    seconds = float(spans[0, 1] - spans[0, 0])
    if prediction.focus is not None and clip.seconds > LONG * seconds:
        start, end = spans[prediction.focus]
        return f"The answer rests on the loudest {seconds:g} s, from {start:.1f} s to {end:.1f} s."
    n_heard = int(prediction.window_scores.any(axis=1).sum())
    if prediction.focus is None and n_heard > 1:
        return f"The answer is the mean over {n_heard} windows of {seconds:g} s."
    return None
