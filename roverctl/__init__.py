"""roverctl: mission control for a rover that is far away."""

__version__ = "0.1.0"
