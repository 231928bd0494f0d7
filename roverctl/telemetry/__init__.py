"""The parameter store and the decoding of telemetry."""
