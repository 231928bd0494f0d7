"""Terrain: elevation sources, generated detail, products and tiles; the geometry of the Sun comes in as angles."""
