"""The mission: profile (figures with their sources) and MDB (parameters, packets, commands), read from a folder."""
