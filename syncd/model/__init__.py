"""Frozen values: what flows between reading, deciding and writing. No I/O, no library."""
