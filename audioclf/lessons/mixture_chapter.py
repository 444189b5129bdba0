"""The steps on Gaussian mixtures."""

from audioclf.lessons.step import Chapter, Choice, Slider, Step

POINTS = Choice(
    "data",
    "explore.data",
    (
        ("blobs", "explore.blobs"),
        ("stretched", "explore.stretched"),
        ("moons", "explore.moons"),
        ("clip", "explore.clip"),
    ),
    "blobs",
)
COVARIANCE = Choice(
    "kind",
    "explore.covariance",
    (("full", "explore.full"), ("diag", "explore.diag"), ("spherical", "explore.spherical")),
    "full",
)
COMPONENTS = Slider("k", "explore.k", 1, 6, 1, 3)

MIXTURES = Chapter(
    "explore.mixtures",
    (
        Step(
            "em",
            "mixtures.expectation",
            "lesson.em",
            "lesson.em_about",
            (
                Slider("step", "explore.half_step", 0, 40, 1, 0),
                POINTS,
                COMPONENTS,
                COVARIANCE,
                Choice(
                    "init",
                    "explore.init",
                    (("kmeans", "explore.kmeans"), ("random", "explore.random")),
                    "random",
                ),
            ),
            "lesson.em_ask",
            "lesson.em_answer",
            1,
            "mixture",
        ),
        Step(
            "choose_k",
            "mixtures.selection",
            "lesson.choose_k",
            "lesson.choose_k_about",
            (POINTS, COVARIANCE),
            "lesson.choose_k_ask",
            "lesson.choose_k_answer",
            1,
            "bic",
        ),
        Step(
            "anomalies",
            "mixtures.density",
            "lesson.anomalies",
            "lesson.anomalies_about",
            (Slider("share", "explore.rarest", 0, 20, 1, 5, "%"), POINTS, COMPONENTS),
            "lesson.anomalies_ask",
            "lesson.anomalies_answer",
            1,
            "alarm",
        ),
        Step(
            "priors",
            "priors.priors",
            "lesson.priors",
            "lesson.priors_about",
            (Slider("prior", "explore.prior", 1, 99, 1, 20, "%"),),
            "lesson.priors_ask",
            "lesson.priors_answer",
            0,
            "map",
        ),
    ),
)
