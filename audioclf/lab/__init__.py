"""Questions to loaded models: stress, sweeps, occlusion, explanations.

Imports audio, effects, inference, wording and types. For evaluation, plotting and service.
"""
