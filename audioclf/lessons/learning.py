"""How a network learnt: the loss curve that its config stores."""

import numpy as np

from audioclf.lessons.networks import first_models
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Curve, Mark, Panel, View, range_of
from audioclf.models.training_loop import Schedule
from audioclf.types import Clip, ZooError
from audioclf.wording import family_name, text


def least_loss(n_answers: int, smoothing: float) -> float:
    """The entropy of the smoothed target, in nats: no prediction has a smaller loss (Szegedy et al. 2016, section 7).

    The target is 1 − smoothing for the true label, and smoothing / n_answers more for every answer.
    """
    target = np.full(n_answers, smoothing / n_answers)
    target[0] += 1 - smoothing
    return float(-np.sum(target * np.log(target)))


def learning(clip: Clip, task: Task, family: str) -> View:
    """How the loss of a network fell while it learnt, as its config stores it. The clip is not used."""
    name = first_models(task.selection).get(family)
    config = task.selection.registry.config(name) if name else None
    curve = config.metrics.get("training_curve") if config else None
    if config is None or not curve:
        raise ZooError(text("networks.no_curve", family=family_name(family), task=task.selection.task))
    steps, loss = (np.array([point[key] for point in curve], dtype=float) for key in ("step", "loss"))
    n_answers = len(config.labels) + 1
    chance, least = float(np.log(n_answers)), least_loss(n_answers, Schedule().label_smoothing)
    said = text(
        "networks.learning_said",
        model=config.id,
        first=f"{loss[0]:.2f}",
        last=f"{loss[-1]:.2f}",
        step=f"{steps[-1]:,.0f}",
        guessing=f"{chance:.2f}",
        least=f"{least:.2f}",
    )
    low, high = range_of(loss, np.array([0.0, chance]))
    return View(
        panels=(
            Panel(
                text("networks.learning_title"),
                Axis(text("networks.step"), 0.0, float(steps[-1])),
                Axis(text("networks.loss"), max(low, 0.0), high),
                said,
                (Curve(steps, loss, text("networks.loss"), tone=1, part="L"),),
                marks=(Mark(text("networks.guessing"), y=chance), Mark(text("networks.least"), y=least)),
                size="tall",
            ),
        ),
        said=said,
        facts=(
            (text("networks.model"), config.id),
            (text("networks.loss_guessing"), f"{chance:.2f}"),
            (text("networks.loss_last"), f"{loss[-1]:.2f}"),
            (text("networks.loss_least"), f"{least:.2f}"),
        ),
        arrays={"step": steps, "loss": loss},
    )
