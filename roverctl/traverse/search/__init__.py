"""Least-cost search on the grid, and what makes its paths straight."""
