"""One module per tab: its components, and what happens when a visitor uses them."""
