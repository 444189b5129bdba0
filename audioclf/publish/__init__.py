"""Models and the demo's Space pushed to the Hugging Face Hub. Imports zoo; for the command line."""
