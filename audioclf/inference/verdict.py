"""Predictions as sentences: the verdict, and notices about the sound."""

from collections.abc import Callable, Sequence

import numpy as np

from audioclf.types import Clip, Part, Prediction
from audioclf.wording import family_name, listed, model_names, probability, readable, text

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
CLIPPED_SHARE = 0.02  # for comparison: a full-scale sine has 0.7 % of its loud samples at its peak
QUIET_PEAK = 0.01  # 40 dB below full scale
APART = 0.5  # in windows: parts so far apart are named as two; nearer ones hold the same word
LONG = 1.25  # in windows: of a longer clip, sentence and notice name the part that decided

Naming = Callable[[Prediction], str]


def verdict(predictions: Sequence[Prediction]) -> str:
    """One sentence on the predictions of one or more models; it names the part of the clip that decided."""
    heard = [p for p in predictions if p.heard]
    known = [p for p in heard if p.known]
    if not heard:
        return text("verdict.silent")
    name = _naming(predictions)
    if not known:
        sentence = _all_unknown(heard, name)
    elif len(known) == len(heard) and len({p.label for p in known}) == 1:
        sentence = _agreement(known, name)
    else:
        sentence = _split(known, [p for p in heard if not p.known], name)
    if _is_part(heard[0]):
        values = {"seconds": f"{_window(heard[0]):g}", "sentence": sentence}
        alike = len(_by_part(heard)) == 1
        sentence = text("verdict.part", **values) if alike else text("verdict.parts", **values)
    return sentence[0].upper() + sentence[1:] + "."


def _window(prediction: Prediction) -> float:
    """Length of the model's window in seconds."""
    start, end = prediction.window_seconds[0]
    return float(end - start)


def _is_part(prediction: Prediction) -> bool:
    """Whether one window of a clearly longer clip decided."""
    return prediction.focus is not None and prediction.clip_seconds > LONG * _window(prediction)


def _naming(predictions: Sequence[Prediction]) -> Naming:
    names = model_names((p.model, p.family) for p in predictions)
    if names == [p.model for p in predictions]:
        return lambda p: p.model
    return lambda p: f"the {family_name(p.family)}"


def _count(n: int) -> str:
    return NUMBERS.get(n, str(n))


def _all_unknown(heard: Sequence[Prediction], name: Naming) -> str:
    # The closest guess is the label with the longest bar of all.
    nearest = max(heard, key=lambda p: p.probability)
    guess = readable(nearest.label)
    if len(heard) == 1:
        return text("verdict.unknown", who=name(nearest), label=guess)
    who = "neither model" if len(heard) == 2 else f"none of the {_count(len(heard))}"
    if len({p.label for p in heard}) == 1:
        return text("verdict.unknown_alike", who=who, all="both" if len(heard) == 2 else "all", label=guess)
    return text("verdict.unknown_several", who=who, label=guess, model=name(nearest))


def _agreement(known: Sequence[Prediction], name: Naming) -> str:
    sure = [p for p in known if p.certainty == "sure"]
    if len(known) == 1:
        return _says(known, name) if not sure else text("verdict.sure", says=_says(known, name))
    who = "both models" if len(known) == 2 else f"all {_count(len(known))}"
    says = text("verdict.several_say", who=who, label=readable(known[0].label))
    if not sure:
        return text("verdict.none_sure", says=says, none="neither" if len(known) == 2 else "none of them")
    if len(sure) == 1:
        return text("verdict.only_sure", says=says, who=name(sure[0]))
    if len(sure) < len(known):
        doubtful = [name(p) for p in known if p not in sure]
        return text("verdict.but_unsure", says=says, who=listed(doubtful), be=_be(doubtful))
    first, second = sorted(sure, key=lambda p: -p.probability)[:2]
    # A lead that the page does not show is none.
    if probability(first.probability) == probability(second.probability):
        return text("verdict.all_sure", says=says)
    return text("verdict.surest", says=says, who=name(first))


def _split(known: Sequence[Prediction], unknown: Sequence[Prediction], name: Naming) -> str:
    groups: dict[str, list[Prediction]] = {}
    for p in sorted(known, key=lambda p: -p.probability):
        groups.setdefault(readable(p.label), []).append(p)
    clauses = [_says(members, name) for members in sorted(groups.values(), key=lambda members: -len(members))]
    if unknown:
        verb = "does" if len(unknown) == 1 else "do"
        clauses.append(text("verdict.not_known", who=listed([name(p) for p in unknown]), do=verb))
    if len(groups) < len(known) or unknown:
        return "; ".join(clauses)
    number = _count(len(known))
    if any(p.certainty == "sure" for p in known):
        return text("verdict.disagree", number=number, clauses="; ".join(clauses))
    none = "neither" if len(known) == 2 else "none of them"
    plain = [
        text("verdict.one_says", who=name(p), label=readable(p.label))
        for group in groups.values()
        for p in group
    ]
    return text("verdict.disagree_unsure", number=number, none=none, clauses=listed(plain))


def _says(members: Sequence[Prediction], name: Naming) -> str:
    """What models of one label say, and which of them are unsure."""
    unsure = [name(p) for p in members if p.certainty == "unsure"]
    label = readable(members[0].label)
    if len(members) == 1:
        says = text("verdict.one_says", who=name(members[0]), label=label)
        return text("verdict.one_unsure", says=says) if unsure else says
    says = text("verdict.several_say", who=_who(members, name), label=label)
    if len(unsure) == len(members):
        return text("verdict.several_unsure", says=says)
    return text("verdict.though_unsure", says=says, who=listed(unsure), be=_be(unsure)) if unsure else says


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def notices(clip: Clip, predictions: Sequence[Prediction], sample_rate: int) -> tuple[str, ...]:
    """Sentences about the sound that help to interpret the answer. sample_rate: of the models, in Hz."""
    heard = [p for p in predictions if p.heard]
    if not heard:
        return (text("verdict.silent_advice"),)
    found = (_level(clip), _band(clip, sample_rate), _extent(heard[0], listened(clip, predictions)))
    return tuple(sentence for sentence in found if sentence)


def listened(clip: Clip, predictions: Sequence[Prediction]) -> tuple[Part, ...]:
    """The parts of the clip that decided, in the order of the models; none of a silent clip."""
    heard, name = [p for p in predictions if p.heard], _naming(predictions)
    return tuple(
        Part(*_extent_of(group[0], clip), _who(group, name), tuple(p.family for p in group))
        for group in _by_part(heard)
    )


def who_from_where(parts: Sequence[Part], decimals: int) -> str:
    """Which models answered from which part, as it stands in a sentence. decimals: of the seconds."""
    return listed(
        [
            text(
                "verdict.own_part",
                who=part.who,
                start=f"{part.start:.{decimals}f}",
                end=f"{part.end:.{decimals}f}",
            )
            for part in parts
        ]
    )


def _by_part(heard: Sequence[Prediction]) -> list[list[Prediction]]:
    """The predictions, together where they rest on about the same part of the clip."""
    groups: list[list[Prediction]] = []
    for p in heard:
        near = (g for g in groups if abs(_start(g[0]) - _start(p)) <= APART * _window(p))
        if (group := next(near, None)) is None:
            groups.append([p])
        else:
            group.append(p)
    return groups


def _extent_of(prediction: Prediction, clip: Clip) -> tuple[float, float]:
    if prediction.focus is None:
        return 0.0, clip.seconds
    start, end = prediction.window_seconds[prediction.focus]
    return max(0.0, float(start)), min(clip.seconds, float(end))


def _who(members: Sequence[Prediction], name: Naming) -> str:
    """One model, or several as they stand in a sentence."""
    names = [name(p) for p in members]
    return names[0] if len(names) == 1 else listed([one.removeprefix("the ") for one in names])


def _level(clip: Clip) -> str | None:
    level = np.abs(clip.samples)
    peak = float(level.max())
    if peak < QUIET_PEAK:
        return text("verdict.quiet", below=f"{-20 * np.log10(peak):.0f}")
    # The share of the loud samples, not of all: silence around a word must not hide clipping.
    at_the_top = np.count_nonzero(level >= peak - 2**-15) / np.count_nonzero(level >= peak / 2)
    return text("verdict.clipped") if peak >= 0.99 and at_the_top >= CLIPPED_SHARE else None


def _band(clip: Clip, sample_rate: int) -> str | None:
    if clip.sample_rate >= sample_rate:
        return None
    rates = {"has": clip.sample_rate / 1000, "needs": sample_rate / 1000, "upto": clip.sample_rate / 2000}
    return text("verdict.low_rate", **{name: f"{khz:g}" for name, khz in rates.items()})


def _extent(prediction: Prediction, parts: Sequence[Part]) -> str | None:
    """Which parts of a longer clip decided."""
    seconds = f"{_window(prediction):g}"
    if prediction.focus is None:
        n_heard = int(prediction.window_probabilities.any(axis=1).sum())
        return text("verdict.mean", n=n_heard, seconds=seconds) if n_heard > 1 else None
    if not _is_part(prediction):
        return None
    if len(parts) == 1:
        return text(
            "verdict.clearest", seconds=seconds, start=f"{parts[0].start:.1f}", end=f"{parts[0].end:.1f}"
        )
    return text("verdict.clearest_each", seconds=seconds, parts=who_from_where(parts, 1))


def _start(prediction: Prediction) -> float:
    """Start in seconds of the window that decided; 0 if all did."""
    return 0.0 if prediction.focus is None else float(prediction.window_seconds[prediction.focus, 0])
