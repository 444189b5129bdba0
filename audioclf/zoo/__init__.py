"""Checkpoints and registries, in folders and on the Hugging Face Hub, read and written as data.

Imports features, models, atomic, disk, wording and types. For inference and every package above.
"""
