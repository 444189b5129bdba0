"""Stress tests (one level or a sweep) and explanations (occlusion maps) of loaded models.

Imports audio, effects, inference, wording and types. For evaluation, plotting and service.
"""
