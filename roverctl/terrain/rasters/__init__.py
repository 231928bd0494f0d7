"""Rasters from files: read in windows, at any size, as elevations in the site frame."""
