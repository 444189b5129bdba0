"""Recordings on disk: published data sets, own folders, and data sets made on this machine.

Imports audio, synthesis, tasks, atomic, types and wording.
For training, evaluation, lessons, service.testset and cli.
"""
