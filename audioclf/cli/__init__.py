"""The command line; the only package that prints, and the one that opens the registry. Imports all others."""
