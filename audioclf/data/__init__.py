"""Recordings on disk: published sets, folders of one's own, sets made here. Imports audio, tasks and synthesis."""
