"""Use cases: each a function with its transaction and its report."""
