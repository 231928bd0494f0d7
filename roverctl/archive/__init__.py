"""Logs on disk: recording, reading, recovery."""
