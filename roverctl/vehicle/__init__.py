"""What the machine does on given ground under a given sky: a pure compiled kernel."""
