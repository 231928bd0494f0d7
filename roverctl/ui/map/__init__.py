"""The map: camera, tiles, layers, overlays, and the tools on it."""
