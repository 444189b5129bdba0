"""ML and MAP on made densities: MAP errs least, and both are one rule where labels are equally common."""

import numpy as np
import pytest

from audioclf.lessons import priors
from audioclf.types import Clip

SILENCE = Clip(np.zeros(8000, np.float32), 8000)


@pytest.mark.parametrize("prior", [1, 20, 50, 80, 99])
def test_map_is_never_wrong_more_often_than_maximum_likelihood(prior):
    view = priors.priors(SILENCE, prior)
    ml, best = priors.errors(view.arrays["densities"], prior / 100)
    assert 0 <= best <= ml + 1e-12 and best <= min(prior, 100 - prior) / 100 + 1e-12
    assert (best == pytest.approx(ml)) == (prior == 50)


def test_the_errors_are_those_of_many_draws():
    first, second = priors.mixtures()
    rng = np.random.default_rng(11)
    n, share = 60_000, 0.2
    is_first = rng.random(n) < share
    drawn = np.where(is_first, first.sample(n, 1)[:, 0], second.sample(n, 2)[:, 0])[:, None]
    logs = np.stack([first.log_likelihood(drawn), second.log_likelihood(drawn)])
    weighted = logs + np.log([[share], [1 - share]])
    expected = [np.mean((rows[0] > rows[1]) != is_first) for rows in (logs, weighted)]
    found = priors.errors(priors.priors(SILENCE, 20).arrays["densities"], share)
    assert found == pytest.approx(expected, abs=0.01)


def test_a_rarer_label_gives_up_ground():
    places = [min(priors.borders(priors.priors(SILENCE, p).arrays["joint"])) for p in (20, 50, 80)]
    assert places == sorted(places)
