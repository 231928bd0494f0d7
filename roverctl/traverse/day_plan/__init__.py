"""A lunar day's plan: stops with activities, the drives between them, evaluated over time and made into commands."""
