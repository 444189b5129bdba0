"""Held-out measurements: folds, metrics, calibration, unknown sounds, robustness, comparison of models.

Imports audio, effects, features, models, tasks, data, inference, training, lab, zoo, atomic, wording and types.
For plotting, service and cli.
"""
