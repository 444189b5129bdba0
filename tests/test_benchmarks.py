"""Arithmetic of the benchmarks; times are measured by `make bench`, never in a test."""

import subprocess
import sys

import pytest
from paths import ROOT

from benchmarks.measure import Timing, interleave, ratio, table


def test_contestants_take_turns_after_one_unmeasured_run():
    order = []
    timings = interleave({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=3)
    assert order == ["a", "b"] * 4
    assert [len(timing.rounds) for timing in timings.values()] == [3, 3]


def test_a_busy_round_does_not_change_the_ratio():
    # Both took ten times as long in the second round: pairwise they still differ by two.
    assert ratio(Timing((2.0, 20.0, 2.0)), Timing((1.0, 10.0, 1.0))) == 2.0
    assert Timing((1.0, 1.0, 9.0)).median == 1.0
    assert Timing((1.0, 2.0, 3.0)).spread == pytest.approx(0.5)


def test_a_table_is_markdown():
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_an_unknown_section_is_an_error_that_lists_the_sections():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "'speed'" in done.stderr
    assert "scalogram, analysis, page" in done.stderr
