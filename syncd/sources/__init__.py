"""Directories that syncd can read: one package per type, behind one protocol."""
