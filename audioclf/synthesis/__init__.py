"""Speech, notes and sounds of nature made on this machine: for data, and for the example clips. Imports audio."""
