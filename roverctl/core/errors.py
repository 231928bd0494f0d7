"""One hierarchy of errors. A message says what is wrong, where (file, line or field), and what would be right."""


class RoverctlError(Exception):
    """Root of every error that a user can cause or meet; the command line prints it in one line and exits 2."""

    exit_code = 2


class InputError(RoverctlError):
    """Something from outside (a file, an option, a field) cannot be used."""


class ProfileError(InputError):
    """A mission folder is wrong; the message names file and key."""


class PacketError(InputError):
    """Bytes that are not the packet they should be."""


class LogError(InputError):
    """A log in which nothing can be read."""


class InfeasibleError(RoverctlError):
    """The question was right and the answer is that it cannot be done: no route, no contact (exit 3)."""

    exit_code = 3


class CommandRefusedError(RoverctlError):
    """An act that the session does not allow now (in replay, on a command that has left)."""


class EngineError(RoverctlError):
    """The engine or a worker process failed; its own message is carried along."""
