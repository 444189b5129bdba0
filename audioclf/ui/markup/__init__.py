"""Values -> HTML: pure functions that escape every string of a visitor."""
