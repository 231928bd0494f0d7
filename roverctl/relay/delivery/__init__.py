"""Telecommands in order and once: COP-1, its frames and its timers (CCSDS 232.1-B)."""
