"""What is made of elevations: slope, shade, horizon and the rest. Arrays in, arrays out."""
