"""The page; the only package that imports Gradio.

Imports service, inference, zoo, atomic, disk, wording, types and version. For cli.demo.
"""
