"""``roverctl plan`` and its modes."""
