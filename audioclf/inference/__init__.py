"""Clip -> Prediction: load models, cut windows, score, pool, and say it in words.

Imports audio, models, zoo, wording and types. For lab, evaluation and every package above.
"""
