"""The vehicle run ahead from what the operator knows; it never sees the truth."""
