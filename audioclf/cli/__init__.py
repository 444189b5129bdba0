"""The command line; the only package that prints.

Imports every package. For `python -m audioclf` and app.py.
"""
