"""Tables, significance tests and charts of a test set follow from the stored answers."""

from dataclasses import replace

import fakes
import numpy as np
import pytest
from scipy.stats import chi2

from audioclf.evaluation import comparison
from audioclf.evaluation.comparison import ModelResult, StoredAnswers
from audioclf.plotting import comparison as charts
from audioclf.types import ZooError
from audioclf.wording import percent

N = 200
LABELS = fakes.DIGITS
STRESS = {"snr_white": {"clean": 0.9, "levels": [20, 10, 0], "accuracy": [0.9, 0.8, 0.4]}}
LEAKY = {
    "title": "leaky",
    "accuracy": 0.99,
    "interval": [0.98, 1.0],
    "honest_windows": 0.7,
    "honest_clips": 0.75,
}


def candidate(family="cnn", accuracy=0.9, seed=0, answers=True, **metrics):
    """A model with this accuracy, on recordings that all models share."""
    rng = np.random.default_rng(seed)
    targets = np.arange(N) % len(LABELS)
    predicted = np.where(np.arange(N) < accuracy * N, targets, (targets + 1) % len(LABELS))
    scores = np.full((N, len(LABELS)), 0.02)
    scores[np.arange(N), predicted] = 0.82
    files = tuple(f"{i}.wav" for i in range(N))
    given = StoredAnswers(files, targets, ("a",) * N, scores, rng.uniform(0, 0.1, N))
    config = fakes.config(family, metrics={**fakes.METRICS, **metrics})
    return ModelResult(config, 1_100_000, given if answers else None)


@pytest.mark.parametrize(
    "damaged", [{"rows": []}, {"items": [{"file": "a.wav"}]}, {"items": [{"scores": ["a"]}]}, {"items": 3}]
)
def test_damaged_predictions_are_refused_by_name(damaged):
    with pytest.raises(ZooError, match=r"digits-cnn: predictions.json does not hold answers"):
        comparison.parse_answers(damaged, fakes.config("cnn"))


def test_the_table_has_a_dash_for_what_was_not_measured():
    unmeasured = ModelResult(fakes.config("gmm", metrics={}), 500_000, None)
    head, row, bare = comparison.table([candidate(), unmeasured])
    assert row == ("digits-cnn", "87.5 % (86.0 to 89.0)", "87.0 %", "2.0 %", "121", "1.1 MB", "3.5 ms")
    assert bare == ("digits-gmm", "–", "–", "–", "121", "0.5 MB", "–")
    assert len(head) == len(row)


@pytest.mark.parametrize(("first", "second", "p"), [(0, 0, 1.0), (5, 5, 1.0), (1, 0, 1.0), (6, 0, 2 / 64)])
def test_mcnemar_is_the_test_of_a_fair_coin(first, second, p):
    assert comparison.mcnemar(first, second) == pytest.approx(p)
    assert comparison.mcnemar(second, first) == pytest.approx(p)


def test_mcnemar_of_many_is_the_chi_square_with_continuity():
    b, c = 260, 200
    assert comparison.mcnemar(b, c) == pytest.approx(chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1), rel=0.02)


def test_a_difference_is_described_in_words():
    (clear,) = comparison.paired_tests([candidate("gmm", 0.7), candidate("cnn", 0.9)])
    assert (clear.first, clear.second, clear.n_first, clear.n_second) == ("digits-cnn", "digits-gmm", 40, 0)
    assert clear.sentence == (
        "The CNN gets more recordings right than the GMM. The difference is significant (p < 0.001): of 40 "
        "recordings that only one of them got right, the CNN got 40."
    )
    (close,) = comparison.paired_tests([candidate("rnn", 0.89), candidate("cnn", 0.9)])
    assert "The difference is not significant (p = 0.5): of 2 recordings" in close.sentence
    (even,) = comparison.paired_tests([candidate("rnn"), candidate("cnn")])
    assert even.sentence == "The RNN and the CNN get equally many recordings right."
    assert comparison.paired_tests([candidate("gmm"), candidate("cnn", answers=False)]) == ()


def test_the_page_has_one_accuracy_of_a_model_and_sentences_on_one_seed_say_so():
    """The table's accuracy is the mean over seeds, the paired test is of the stored answers of the first."""
    a, b = (
        replace(m, config=replace(m.config, metrics={**m.config.metrics, "seeds": [0, 1, 2]}))
        for m in (candidate("gmm", 0.7), candidate("cnn", 0.9))
    )
    (pair,) = comparison.paired_tests([a, b])
    assert pair.sentence.startswith("With the first of 3 seeds, the CNN") and "%" not in pair.sentence


def test_only_recordings_that_both_answered_are_compared():
    a, b = candidate("gmm", 0.7), candidate("cnn", 0.9)
    half = StoredAnswers(*(v[: N // 2] for v in vars(b.answers).values()))
    (pair,) = comparison.paired_tests([a, ModelResult(b.config, 1, half)])
    assert pair.n == N // 2


def test_cells_list_the_recordings_that_the_confusion_counts():
    model = candidate(accuracy=0.9)
    counts = comparison.confusion(model)
    assert counts.sum() == N
    assert np.trace(counts) == 0.9 * N
    true, predicted = LABELS[3], LABELS[4]
    listed = comparison.cell(model, true, predicted)
    assert len(listed) == counts[3, 4]
    assert all(int(m.file.removesuffix(".wav")) % 10 == 3 for m in listed)
    assert comparison.cell(candidate(answers=False), true, predicted) == ()


def test_without_stored_answers_the_confusion_is_the_config_s():
    counts = np.arange(100).reshape(10, 10).tolist()
    assert comparison.confusion(candidate(answers=False, confusion=counts)).tolist() == counts


def test_reliability_is_accuracy_by_confidence():
    bins = comparison.reliability(candidate(accuracy=0.9))
    (used,) = np.flatnonzero(bins.counts)
    assert bins.edges[used] <= 0.82 < bins.edges[used + 1]
    assert (bins.confidence[used], bins.accuracy[used]) == (pytest.approx(0.82), pytest.approx(0.9))
    assert np.isnan(bins.accuracy[0])
    assert comparison.reliability(candidate(answers=False)) is None


def test_the_text_on_the_leaky_split_quotes_its_numbers():
    words, table = comparison.leak([candidate(leaky=LEAKY), candidate("gmm")])
    assert "The CNN classifies 99.0 % of single windows correctly" in words and "70.0 % if whole" in words
    assert table[1] == ("digits-cnn", *map(percent, (0.99, 0.7, 0.75)))
    assert comparison.leak([candidate("gmm")]) is None


# Charts


def rectangular(chart):
    assert len({len(row) for row in chart.table}) == 1
    assert all(isinstance(cell, str) and cell for row in chart.table for cell in row)
    assert chart.png.startswith(b"\x89PNG")
    assert chart.alt.endswith(".") and chart.title


def test_robustness_cost_and_reliability_have_charts_and_tables():
    models = [candidate("gmm", 0.7, stress=STRESS), candidate("cnn", 0.9, stress=STRESS), candidate("rnn")]
    robust = charts.robustness_chart(models, "snr_white")
    assert robust.table[0] == ("White noise, dB", "digits-gmm", "digits-cnn")
    assert robust.table[2] == ("10", "80.0 %", "80.0 %")
    cost = charts.cost_chart(models)
    assert [row[0] for row in cost.table[1:]] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    trust = charts.reliability_chart({m.config.id: comparison.reliability(m) for m in models})
    assert trust.table[9][1] == "70.0 %"
    for chart in (robust, cost, trust):
        rectangular(chart)


@pytest.mark.parametrize("times", [(3.6, 6.1, 6.9), (0.4, 30.0, 2000.0), (5.0, 5.0, 5.0)])
def test_times_have_ticks_in_plain_milliseconds(monkeypatch, times):
    drawn = []
    monkeypatch.setattr(charts, "png", lambda figure: drawn.append(figure) or b"")
    families = ("gmm", "cnn", "rnn")
    charts.cost_chart([candidate(f, latency_ms=ms) for f, ms in zip(families, times, strict=True)])
    (axis,) = drawn[0].axes
    low, high = axis.get_xlim()
    shown = [float(text.get_text()) for text in axis.get_xticklabels(which="both")]
    assert sum(low <= x <= high for x in shown) >= 2
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["GMM", "CNN", "RNN"]


def test_what_was_not_measured_is_not_drawn():
    bare = ModelResult(fakes.config("gmm", metrics={}), 1, None)
    assert charts.robustness_chart([bare], "snr_white") is None
    assert charts.cost_chart([bare]) is None
    assert charts.reliability_chart({"digits-gmm": None}) is None
