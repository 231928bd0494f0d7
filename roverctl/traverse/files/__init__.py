"""Routes and zones read and written."""
