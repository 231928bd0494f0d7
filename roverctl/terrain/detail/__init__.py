"""Generated ground below what a source knows: craters, rocks and roughness by published statistics."""
