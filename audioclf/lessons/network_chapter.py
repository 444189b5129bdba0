"""The steps on neural networks."""

from audioclf.lessons.step import Chapter, Choice, Step

NETWORKS = Chapter(
    "explore.networks",
    (
        Step(
            "cnn",
            "convolution.cnn",
            "lesson.cnn",
            "lesson.cnn_about",
            (
                Choice(
                    "layer",
                    "explore.layer",
                    (
                        ("0", "explore.first_filters"),
                        ("1", "explore.block_1"),
                        ("2", "explore.block_2"),
                        ("3", "explore.block_3"),
                        ("answer", "explore.evidence"),
                    ),
                    "0",
                ),
            ),
            "lesson.cnn_ask",
            "lesson.cnn_answer",
            1,
            "convolution",
            of_task=True,
            tells=("0", "1", "2", "3", "answer"),
        ),
        Step(
            "rnn",
            "recurrence.rnn",
            "lesson.rnn",
            "lesson.rnn_about",
            (
                Choice(
                    "what",
                    "explore.inside",
                    (("states", "explore.states"), ("kept", "explore.kept"), ("used", "explore.used")),
                    "states",
                ),
            ),
            "lesson.rnn_ask",
            "lesson.rnn_answer",
            2,
            "gate",
            of_task=True,
            tells=("states", "kept", "used"),
        ),
        Step(
            "learning",
            "learning.learning",
            "lesson.learning",
            "lesson.learning_about",
            (Choice("family", "explore.network", (("cnn", "CNN"), ("rnn", "RNN")), "cnn"),),
            "lesson.learning_ask",
            "lesson.learning_answer",
            1,
            "loss",
            of_task=True,
        ),
        Step(
            "neighbours",
            "neighbours.place",
            "lesson.neighbours",
            "lesson.neighbours_about",
            (
                Choice(
                    "family",
                    "explore.model",
                    (("gmm", "GMM"), ("cnn", "CNN"), ("rnn", "RNN")),
                    "cnn",
                ),
            ),
            "lesson.neighbours_ask",
            "lesson.neighbours_answer",
            0,
            of_task=True,
            tells=("gmm", "cnn", "rnn"),
        ),
    ),
)
