"""A sweep of 3 models over 16 levels of white noise: one batch per model compared with a loop of single answers.

Both make the same 16 sounds and give the same probabilities. Processor time is for one thread, as when serving, and
does not depend on other load.
"""

from time import process_time

from benchmarks.analysis import SAMPLE_RATE, speech_like
from benchmarks.measure import interleave, milliseconds, ratio, table

ROUNDS = {1.0: 9, 10.0: 5}
GOAL_SECONDS = 1.5


def report() -> str:
    """A Markdown section."""
    from audioclf.inference.loading import Selection, load_models
    from audioclf.lab import stress
    from audioclf.lab.sweep import Plan, excerpt, sweep
    from audioclf.types import Clip, ZooError
    from audioclf.zoo.registry import open_registry

    try:
        classifiers = load_models(Selection(open_registry()))
    except ZooError as error:
        return f"## A sweep\n\nNot measured: {error}"
    plan, rows = Plan("snr_white"), []
    for seconds, rounds in ROUNDS.items():
        clip = Clip(speech_like(seconds), SAMPLE_RATE)

        def loop(clip: Clip = clip) -> None:
            sound = excerpt(clip, classifiers)[0]
            sounds = [sound, *(stress.apply(sound, {plan.stress: level}) for level in plan.levels)]
            for classifier in classifiers:
                for made in sounds:
                    classifier(made)

        timings = interleave(
            {"batched": lambda clip=clip: sweep(clip, plan, classifiers), "loop": loop}, rounds
        )
        started = process_time()
        sweep(clip, plan, classifiers)
        spent = process_time() - started
        rows.append(
            (
                f"{seconds:g} s",
                f"{milliseconds(timings['batched'])} (goal {1e3 * GOAL_SECONDS:.0f} ms at 1 s)",
                milliseconds(timings["loop"]),
                f"{ratio(timings['loop'], timings['batched']):.1f}",
                f"{1e3 * spent:.0f} ms",
            )
        )
    header = ("clip", "`sweep`", "loop of single answers", "times faster", "processor time of `sweep`")
    return "## A sweep of 3 models over 16 levels\n\n" + table(header, rows)
