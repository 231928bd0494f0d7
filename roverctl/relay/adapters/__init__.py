"""Links to a vehicle outside: telecommands out and telemetry in by TCP, UDP or files, as packets or in frames."""
