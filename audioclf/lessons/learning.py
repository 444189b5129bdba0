"""How a network learnt: the loss curve that its config stores."""

import numpy as np

from audioclf.lessons.networks import first_models
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Curve, Mark, Panel, View, range_of
from audioclf.types import Clip, ZooError
from audioclf.wording import family_name, probability, text


def learning(clip: Clip, task: Task, family: str) -> View:
    """How the loss of a network fell while it learnt, as its config stores it. The clip is not used."""
    name = first_models(task.selection).get(family)
    config = task.selection.registry.config(name) if name else None
    curve = config.metrics.get("training_curve") if config else None
    if config is None or not curve:
        raise ZooError(text("networks.no_curve", family=family_name(family), task=task.selection.task))
    steps, loss = (np.array([point[key] for point in curve], dtype=float) for key in ("step", "loss"))
    chance = float(np.log(len(config.labels) + 1))
    said = text(
        "networks.learning_said",
        model=config.id,
        first=f"{loss[0]:.2f}",
        last=f"{loss[-1]:.2f}",
        step=f"{steps[-1]:,.0f}",
        p=probability(float(np.exp(-loss[-1]))),
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
                marks=(Mark(text("networks.guessing"), y=chance),),
                size="tall",
            ),
        ),
        said=said,
        facts=(
            (text("networks.model"), config.id),
            (text("networks.loss_guessing"), f"{chance:.2f}"),
            (text("networks.loss_last"), f"{loss[-1]:.2f}"),
        ),
        arrays={"step": steps, "loss": loss},
    )
