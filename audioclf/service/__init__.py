"""One function for what each button, command and endpoint does. No Gradio, no printing.

Imports audio, models, tasks, data, inference, lab, evaluation, lessons, plotting, zoo, processes,
wording, types and version. For ui and cli.
"""
