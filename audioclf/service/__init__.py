"""One function for what each button, command and endpoint does. No Gradio, no printing. For ui and cli."""
