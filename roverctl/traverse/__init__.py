"""Routes: least-cost search, figures per segment, GeoJSON."""
