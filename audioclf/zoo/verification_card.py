"""The parts of a card that differ for a model that compares voices."""

from audioclf.wording import percent
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.metric_tables import FEATURES, markdown
from audioclf.zoo.verification_tables import conditions

FAMILIES = {
    "gmm": "A Gaussian mixture background model that is adapted to each voice (GMM-UBM)",
    "cnn": "A convolutional network that embeds voices",
    "rnn": "A recurrent network that embeds voices",
}


def what(config: ModelConfig) -> str:
    """What the model is."""
    settings = ", ".join(f"{key} {value}" for key, value in config.feature.items() if key != "type")
    feature = FEATURES.get(config.feature["type"], config.feature["type"])
    calibration = config.calibration
    rows = [
        ("Answer", "a calibrated log-likelihood ratio: same voice against another voice"),
        (
            "Input",
            f"takes of speech at {config.sample_rate / 1000:g} kHz, of each up to {config.clip_seconds:g} s",
        ),
        ("Feature", f"{feature} ({settings})" if settings else feature),
        (
            "Threshold",
            f"{calibration['threshold']:.2f} nats; undecided within {calibration['band']:.2f} of it",
        ),
        ("Least speech", f"{calibration['least_seconds']:g} s"),
        ("Parameters", f"{config.n_parameters:,}"),
    ]
    return (
        f"# {config.id}\n\n{FAMILIES.get(config.family, config.family)}, on {feature}: are two recordings of "
        "the same voice? It is meant to be compared with the other families on the same sound.\n\n"
        + markdown(("", ""), rows)
    )


def data(config: ModelConfig) -> str:
    """What it learnt from, and how to make it again."""
    copies, speeds = config.training.get("copies", 0), config.training.get("speeds", [1.0])
    others = f" {copies} copies of each take were put into other rooms and channels." if copies else ""
    voices = " A take at another speed counts as another voice." if len(speeds) > 1 else ""
    return (
        f"## Training data\n\n{config.dataset}, licence of data and weights: {config.license}. The people who judge "
        f"and those who calibrate are not in it.{others}{voices}\n\n"
        f"## Reproduce\n\n```sh\naudioclf train {config.id} --data DATA --seed {config.seed} --out ZOO\n"
        f"audioclf evaluate {config.id} --data DATA --out ZOO\n```\n\nMade with audioclf {config.library_version}."
    )


def limits(config: ModelConfig) -> str:
    """What it must not be used for."""
    return (
        "## Limits\n\n"
        "- It is a lesson and no access control: a replayed recording, a good imitation or a voice made by a machine "
        "can pass.\n"
        "- A voice is also a microphone and a room: "
        f"{_channels(config)}\n"
        "- It was measured on people who read digits, short words and books in English.\n"
        "- Do not use it for decisions that affect people."
    )


def _channels(config: ModelConfig) -> str:
    found = conditions(config.metrics)
    same, other = (found.get(f"all · 10 s · 3 s · {channel} channel") for channel in ("same", "other"))
    if not same or not other:
        return "through another channel more voices are mistaken."
    return (
        f"through another channel than that of the enrolment the equal error rate rises from {percent(same['eer'])} "
        f"to {percent(other['eer'])} (10 s to enrol, 3 s to test)."
    )


def use(config: ModelConfig) -> str:
    """How to use it."""
    return (
        "## Use\n\n```python\nimport audioclf\n\n"
        f'(score,) = audioclf.verify(["anna-1.wav", "anna-2.wav"], "who.wav", model="{config.id}")\n'
        "print(score.llr, score.same)\n```\n\n"
        f"```sh\naudioclf verify --enrol anna-1.wav --enrol anna-2.wav --test who.wav --model {config.id}\n```"
    )
