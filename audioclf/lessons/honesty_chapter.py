"""The steps on what measured numbers promise."""

from audioclf.lessons.step import Chapter, Choice, Slider, Step

HONESTY = Chapter(
    "explore.honesty",
    (
        Step(
            "splits",
            "splits.splits",
            "lesson.splits",
            "lesson.splits_about",
            (Slider("shown", "explore.splits_shown", 1, 7, 1, 1),),
            "lesson.splits_ask",
            "lesson.splits_answer",
            0,
            "accuracy",
            of_task=True,
        ),
        Step(
            "calibration",
            "splits.calibration",
            "lesson.calibration",
            "lesson.calibration_about",
            (Slider("temperature", "explore.temperature", 0.2, 3.0, 0.1, 1.0),),
            "lesson.calibration_ask",
            "lesson.calibration_answer",
            1,
            "temperature",
            of_task=True,
        ),
        Step(
            "distribution",
            "classes.distribution",
            "lesson.distribution",
            "lesson.distribution_about",
            (Choice("kind", "explore.chart", (("bars", "explore.bars"), ("pie", "explore.pie")), "bars"),),
            "lesson.distribution_ask",
            "lesson.distribution_answer",
            2,
            of_task=True,
        ),
    ),
)
