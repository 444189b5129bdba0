"""Push models and the demo's Space to the Hugging Face Hub.

Imports zoo and types. For cli.
"""
