"""The steps from samples to features."""

from audioclf.lessons.step import Chapter, Choice, Slider, Step

WINDOW = Choice(
    "shape",
    "explore.window",
    (
        ("rectangular", "explore.rectangular"),
        ("hann", "explore.hann"),
        ("hamming", "explore.hamming"),
        ("blackman", "explore.blackman"),
    ),
    "hann",
)
AXIS = Choice(
    "axis",
    "explore.frequency_axis",
    (("linear", "explore.linear"), ("mel", "explore.mel"), ("log", "explore.log")),
    "mel",
)
POSITION = Slider("position", "explore.position", 0, 100, 1, 45, "%")

SIGNAL = Chapter(
    "explore.signal_path",
    (
        Step(
            "sampling",
            "sampling.sampling",
            "lesson.sampling",
            "lesson.sampling_about",
            (
                Choice(
                    "rate",
                    "explore.rate",
                    tuple((r, f"{r // 1000} kHz") for r in (2000, 4000, 8000, 16_000)),
                    4000,
                ),
                Choice(
                    "alias_filter",
                    "explore.alias_filter",
                    ((False, "explore.off"), (True, "explore.on")),
                    False,
                ),
            ),
            "lesson.sampling_ask",
            "lesson.sampling_answer",
            2,
            "alias",
        ),
        Step(
            "amplitude",
            "sampling.amplitude",
            "lesson.amplitude",
            "lesson.amplitude_about",
            (Slider("gain", "explore.gain", -30, 30, 1, 0, "dB"),),
            "lesson.amplitude_ask",
            "lesson.amplitude_answer",
            1,
            "level",
        ),
        Step(
            "frame",
            "spectrum.frame",
            "lesson.frame",
            "lesson.frame_about",
            (WINDOW, POSITION),
            "lesson.frame_ask",
            "lesson.frame_answer",
            0,
            "window",
        ),
        Step(
            "fourier",
            "spectrum.fourier",
            "lesson.fourier",
            "lesson.fourier_about",
            (Slider("partials", "explore.partials", 1, 64, 1, 3),),
            "lesson.fourier_ask",
            "lesson.fourier_answer",
            1,
            "fourier",
        ),
        Step(
            "density",
            "spectrum.density",
            "lesson.density",
            "lesson.density_about",
            (
                Choice(
                    "estimate",
                    "explore.estimate",
                    (("periodogram", "explore.periodogram"), ("welch", "explore.welch")),
                    "welch",
                ),
                Choice("segment", "explore.segment", tuple((2**p, f"{2**p:,}") for p in range(7, 13)), 512),
                Choice(
                    "axis", "explore.power_axis", (("db", "explore.db"), ("linear", "explore.linear")), "db"
                ),
            ),
            "lesson.density_ask",
            "lesson.density_answer",
            0,
            "density",
        ),
        Step(
            "mel",
            "mel.mel",
            "lesson.mel",
            "lesson.mel_about",
            (Slider("n_mels", "explore.n_mels", 8, 40, 1, 26), AXIS),
            "lesson.mel_ask",
            "lesson.mel_answer",
            1,
            "mel",
        ),
        Step(
            "bands",
            "mel.bands",
            "lesson.bands",
            "lesson.bands_about",
            (Slider("n_mels", "explore.n_mels", 8, 40, 1, 26),),
            "lesson.bands_ask",
            "lesson.bands_answer",
            0,
            "dct",
            "mel.bands_sounds",
        ),
        Step(
            "cepstrum",
            "cepstra.quefrency",
            "lesson.cepstrum",
            "lesson.cepstrum_about",
            (POSITION,),
            "lesson.cepstrum_ask",
            "lesson.cepstrum_answer",
            1,
            "cepstrum",
        ),
        Step(
            "mfcc",
            "cepstra.mfcc",
            "lesson.mfcc",
            "lesson.mfcc_about",
            (
                Choice(
                    "coefficients", "explore.coefficients", tuple((n, str(n)) for n in (5, 13, 20, 40)), 13
                ),
                Choice(
                    "source",
                    "explore.source",
                    (("noise", "explore.noise"), ("pulses", "explore.pulses")),
                    "pulses",
                ),
            ),
            "lesson.mfcc_ask",
            "lesson.mfcc_answer",
            0,
            "mfcc",
            "cepstra.mfcc_sounds",
        ),
        Step(
            "spectrogram",
            "cepstra.spectrogram",
            "lesson.spectrogram",
            "lesson.spectrogram_about",
            (
                Choice("n_fft", "explore.n_fft", tuple((2**p, f"{2**p:,}") for p in range(6, 13)), 512),
                Choice(
                    "overlap", "explore.overlap", ((0.5, "50 %"), (0.75, "75 %"), (0.875, "87.5 %")), 0.75
                ),
                WINDOW,
                AXIS,
            ),
            "lesson.spectrogram_ask",
            "lesson.spectrogram_answer",
            1,
            "trade",
            "cepstra.spectrogram_sounds",
        ),
        Step(
            "classes",
            "classes.classes",
            "lesson.classes",
            "lesson.classes_about",
            (
                Choice(
                    "picture",
                    "explore.picture",
                    (
                        ("waveform", "explore.waveform"),
                        ("fft", "explore.fft"),
                        ("bands", "explore.filter_bank"),
                        ("mfcc", "explore.mfcc"),
                    ),
                    "waveform",
                ),
            ),
            "lesson.classes_ask",
            "lesson.classes_answer",
            2,
            of_task=True,
        ),
    ),
)
