"""Where the relay is: halos and how they are found, tabulated orbits, fixed points and places."""
