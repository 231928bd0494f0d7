"""What the instruments made, kept aboard, and the rover's end of the file service."""
