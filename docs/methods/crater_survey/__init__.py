"""How the default mission's craters were measured; see __main__."""
