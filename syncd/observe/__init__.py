"""What syncd says of itself while it works."""
