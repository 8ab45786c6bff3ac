"""What is decided about messages: pure functions over frozen values."""
