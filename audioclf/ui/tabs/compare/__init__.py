"""The Compare tab, a module for each of its sections."""
