"""One function for what each button, command and endpoint does. No Gradio, no printing.

Imports audio, models, tasks, data, inference, lab, evaluation, plotting, zoo, wording, types and version.
For ui and cli.
"""
