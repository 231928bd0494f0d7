"""Where everything is, and what is under way: the system to scale, the sky over the site, ages."""
