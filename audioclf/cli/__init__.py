"""The command line; prints results and errors.

Imports every package. For `python -m audioclf` and app.py.
"""
