"""The tabs: components, and what happens when a visitor uses them."""
