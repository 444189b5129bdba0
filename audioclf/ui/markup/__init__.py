"""Values -> HTML: pure functions, with every string of a visitor escaped."""
