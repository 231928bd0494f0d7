"""A lunar day's plan on screen: its list, its timeline."""
