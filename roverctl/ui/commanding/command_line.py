"""The one-line entry: ``DRIVE distance=8 heading=40``."""

import shlex

from roverctl.core.errors import InputError
from roverctl.mission.mdb import Argument, Mdb, Value


def enterable(mdb: Mdb) -> list[str]:
    """Commands that can be typed in: all but those that carry a route, which comes from the map."""
    return [
        name
        for name, command in mdb.commands.items()
        if not any(argument.raw == "route" for argument in command.arguments)
    ]


def parse_line(mdb: Mdb, line: str) -> tuple[str, dict[str, Value]]:
    """Command and arguments of a line; values may also come in the arguments' order, without names.

    Raises
    ------
    InputError
        Naming what is wrong, and what would be right.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"'{line}': {error}") from None
    if not words:
        raise InputError("write a command, such as DRIVE distance=8 heading=40")
    name = words[0].upper()
    if name not in enterable(mdb):
        raise InputError(f"no command '{words[0]}'; known are {', '.join(enterable(mdb))}")
    arguments = mdb.command(name).arguments
    values: dict[str, Value] = {}
    for place, word in enumerate(words[1:]):
        key, equals, text = word.partition("=")
        if not equals:
            if place >= len(arguments):
                raise InputError(f"{name} has {len(arguments)} arguments, '{word}' is one too many")
            key, text = arguments[place].name, word
        values[key] = _value(arguments, key, text)
    return name, mdb.check_arguments(name, values)


def _value(arguments: tuple[Argument, ...], key: str, text: str) -> Value:
    argument = next((a for a in arguments if a.name == key), None)
    if argument is not None and argument.enumeration:
        return text.upper()
    try:
        return float(text)
    except ValueError:
        return text


def completions(mdb: Mdb, line: str) -> list[str]:
    """Whole lines that continue ``line``: commands first, then its arguments not yet given, with their defaults."""
    words = line.split()
    if not words or (len(words) == 1 and not line.endswith(" ")):
        begun = words[0].upper() if words else ""
        return [template(mdb, name) for name in enterable(mdb) if name.startswith(begun)]
    name = words[0].upper()
    if name not in enterable(mdb):
        return []
    begun = "" if line.endswith(" ") else words[-1]
    before = line[: len(line) - len(begun)]
    given = {word.partition("=")[0] for word in words[1:]}
    result = []
    for argument in mdb.command(name).arguments:
        if "=" in begun and begun.partition("=")[0] == argument.name:
            result += [f"{before}{argument.name}={word}" for word in allowed_words(mdb, argument)]
        elif argument.name not in given and argument.name.startswith(begun):
            result.append(f"{before}{argument.name}=")
    return [text for text in result if text.upper().startswith(line.upper())]


def template(mdb: Mdb, name: str) -> str:
    """A command with all its arguments at their defaults."""
    words = [name]
    for argument in mdb.command(name).arguments:
        choices = allowed_words(mdb, argument)
        default = choices[0] if choices else f"{argument.default:g}" if argument.default is not None else ""
        words.append(f"{argument.name}={default}")
    return " ".join(words)


def allowed_words(mdb: Mdb, argument: Argument) -> list[str]:
    """The words that an enumerated argument may take, none for a number."""
    if not argument.enumeration:
        return []
    return list(argument.allowed) or list(mdb.enumerations[argument.enumeration].values())
