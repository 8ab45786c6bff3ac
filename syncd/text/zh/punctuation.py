"""What stands between the parts of a list."""

SENTENCES = {
    ", ": "、",
    "; ": "；",
}
