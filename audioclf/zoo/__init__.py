"""Checkpoints and registries, read and written as data. Imports features, models, atomic and the values."""
