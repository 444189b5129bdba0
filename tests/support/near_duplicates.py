"""Recordings of different folds that sound alike, found by test_leaks.py."""

# Recordings of different folds that sound alike all the same: hits of one drum kit, phrases of one player,
# minutes of one night perhaps. The documents say what the numbers are without them.
ALIKE = {
    "instruments": [
        {"0ddb4bdf", "63e0ab2c", "809ea09e", "aa9ae956", "f8a99b37", "ff11628d"},
        {"8b6a16de", "c11bacda"},
        {"229be2be", "5ce40b1b"},
        {"41897c32", "a1b369d7"},
        {"10da16fb", "160c92d7"},
        {"a053797b", "f2310f0d"},
    ],
    "environment": [{"3-151080-A", "5-151085-A"}, {"1-7057-A", "4-170247-B"}],
}
