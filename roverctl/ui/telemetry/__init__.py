"""What came from the rover: plots, parameters, events."""
