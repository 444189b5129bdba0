"""Numbers, labels and lists read the same in every text."""

import pytest

from audioclf.wording import NONE, listed, megabytes, model_names, percent, probability, readable


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "0 %"), (0.004, "<1 %"), (0.5, "50 %"), (0.994, ">99 %"), (0.9999, ">99 %"), (1.0, "100 %")],
)
def test_a_probability_claims_certainty_only_where_there_is_some(p, text):
    assert probability(p) == text


def test_shares_labels_lists_and_sizes_read_as_people_write_them():
    assert (percent(0.975), percent(0.975, 0)) == ("97.5 %", "98 %")
    assert (readable("hi_hat"), readable(None)) == ("hi hat", NONE)
    assert [listed(["a", "b", "c"][:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert megabytes(1_292_180) == "1.3 MB"


def test_models_are_called_by_their_families_only_while_these_tell_them_apart():
    assert model_names([("digits-gmm", "gmm"), ("digits-cnn", "cnn")]) == ["GMM", "CNN"]
    assert model_names([("mine-cnn", "cnn"), ("digits-cnn", "cnn")]) == ["mine-cnn", "digits-cnn"]
