"""Checkpoints and registries, read and written as data; the Hugging Face Hub as one more place for them.

Imports features, models, atomic, wording and types. For inference and every package above.
"""
