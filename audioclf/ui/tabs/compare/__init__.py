"""The Compare tab: one sound, all methods side by side, a section a module."""
