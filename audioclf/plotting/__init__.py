"""Pictures and charts as rasters and PNG; the only package that imports matplotlib.

Imports audio, features, lab, lessons, evaluation, zoo, wording and types. For service and cli.
"""
