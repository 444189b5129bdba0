"""The steps on wavelets."""

from audioclf.lessons.step import Chapter, Choice, Slider, Step

DISCRETE = Choice("wavelet", "explore.wavelet", (("haar", "Haar"), ("db4", "db4"), ("sym8", "sym8")), "sym8")

WAVELETS = Chapter(
    "explore.wavelets",
    (
        Step(
            "cwt",
            "cwt.cwt",
            "lesson.cwt",
            "lesson.cwt_about",
            (
                Choice(
                    "wavelet",
                    "explore.wavelet",
                    (
                        ("morlet", "explore.morlet"),
                        ("mexican_hat", "explore.mexican_hat"),
                        ("complex_gaussian", "explore.complex_gaussian"),
                        ("shannon", "explore.shannon"),
                    ),
                    "morlet",
                ),
            ),
            "lesson.cwt_ask",
            "lesson.cwt_answer",
            0,
            "wavelet",
        ),
        Step(
            "packets",
            "packets.packets",
            "lesson.packets",
            "lesson.packets_about",
            (
                Choice(
                    "tree",
                    "explore.tree",
                    (("dwt", "explore.dwt"), ("packets", "explore.packets")),
                    "packets",
                ),
                DISCRETE,
                Slider("depth", "explore.depth", 1, 4, 1, 3),
            ),
            "lesson.packets_ask",
            "lesson.packets_answer",
            2,
            "dwt",
        ),
        Step(
            "denoise",
            "denoising.denoise",
            "lesson.denoise",
            "lesson.denoise_about",
            (
                Choice("noise", "explore.noise_db", tuple((db, f"{db} dB") for db in (0, 5, 10, 20)), 10),
                DISCRETE,
                Slider("level", "explore.levels", 1, 8, 1, 5),
                Choice(
                    "rule",
                    "explore.rule",
                    (
                        ("universal", "explore.universal"),
                        ("bayes", "explore.bayes"),
                        ("sure", "explore.sure"),
                    ),
                    "bayes",
                ),
                Choice("mode", "explore.mode", (("soft", "explore.soft"), ("hard", "explore.hard")), "soft"),
            ),
            "lesson.denoise_ask",
            "lesson.denoise_answer",
            0,
            "threshold",
        ),
        Step(
            "compress",
            "packets.compress",
            "lesson.compress",
            "lesson.compress_about",
            (Slider("keep", "explore.keep", 1, 50, 1, 10, "%"), DISCRETE),
            "lesson.compress_ask",
            "lesson.compress_answer",
            2,
            "largest",
            "packets.compress_sounds",
        ),
    ),
)
