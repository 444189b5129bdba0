"""The page; the only package that imports Gradio.

Imports service, inference, zoo, atomic, wording, types and version. For cli.demo.
"""
