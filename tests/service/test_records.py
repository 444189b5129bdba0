"""Tables as CSV: whatever names labels have, a spreadsheet computes nothing of them."""

import csv

import pytest

from audioclf.service.records import to_csv


def read(table):
    return list(csv.reader(to_csv(table).splitlines()))


@pytest.mark.parametrize("label", ["=1+1", '=HYPERLINK("//far","x")', "+cmd|'/c x'!A1", "-1+2", "@SUM(A1)"])
def test_a_label_is_no_formula(label):
    assert read([["label", label]]) == [["label", f"'{label}"]]


@pytest.mark.parametrize("cell", ["-3.0", "+20", "-1e-05", "1.5e-07", "seven", "a = b", ""])
def test_numbers_and_other_words_stay(cell):
    assert read([["x", cell]]) == [["x", cell]]
