"""The page; the only package that imports Gradio.

Imports service, inference, audio, zoo, atomic, disk, wording, types and version. For cli.demo.
"""
