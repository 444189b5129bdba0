"""The web page; build.py puts it together. The only part of the package that imports Gradio."""
