"""The daemon: schedules, signals, and what systemd wants to know."""
