"""Decisions: what should be, what differs, and whether it may be done. Pure functions only."""
