"""The nouns and rules that every room shares: time, units, site frame, scheduler, errors. No Qt, no wall clock."""
