"""What views are given: the session, and the nouns it hands out."""
