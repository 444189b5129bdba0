"""Short clips to try the demo with; examples.json lists them and `make` synthesised them."""
