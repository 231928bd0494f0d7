"""Text files from outside, read with a bound, and the JSON in them."""

import json
from pathlib import Path
from typing import Any

from roverctl.core.errors import InputError


def text_of(file: Path, most_characters: int, what: str) -> str:
    """A file's text, UTF-8, no more than so many characters of it; ``what`` it should be, for the message.

    Raises
    ------
    InputError
        When it cannot be read or is larger.
    """
    try:
        with file.open(encoding="utf-8-sig") as stream:
            text = stream.read(most_characters + 1)  # no more: a device has no end
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"{file}: cannot be read: {reason}") from None
    if len(text) > most_characters:
        raise InputError(f"{file}: too large for {what} (over {most_characters:,} characters)")
    return text


def json_of(text: str, name: str) -> dict[str, Any]:
    """The JSON object in a text.

    Raises
    ------
    InputError
        When it is none, naming the file.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{name}: must be a JSON object")
    return content
