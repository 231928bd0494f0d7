"""Telecommands: queue, verifier stages, journal."""
