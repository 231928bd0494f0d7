"""What runs beside the window: worker processes and what they are asked."""
