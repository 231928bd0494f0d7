"""A route against the clock: Sun, contact, charge, departures."""
