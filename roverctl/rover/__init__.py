"""The simulated rover around the vehicle: executive, housekeeping, reports."""
