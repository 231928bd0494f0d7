"""Planning on screen: waypoints, figures, profile."""
