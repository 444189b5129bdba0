"""Held-out measurements: folds, metrics, calibration, unknown sounds, robustness. Imports training and lab."""
