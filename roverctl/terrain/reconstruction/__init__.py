"""The landing region rebuilt from measured and published figures, for when nothing is downloaded."""
