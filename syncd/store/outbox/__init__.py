"""The outbox as stored: what waits, what is being sent, what became of it."""
