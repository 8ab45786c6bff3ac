"""Speaks WeCom, and knows nothing of what syncd makes of it."""
