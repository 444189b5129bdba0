"""Pictures and diagrams; the only package that imports matplotlib. Imports lab, evaluation and features."""
