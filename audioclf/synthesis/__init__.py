"""Speech, music and nature sounds made on this machine, and the example clips made of them.

Imports audio and types. For data.
"""
