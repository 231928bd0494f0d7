"""One file from the web, in pieces that survive a broken connection.

What has come is kept in ``NAME.part`` beside the target; ``NAME.part.from`` says what it is a part of, so that the rest
is asked for only of the same file (RFC 9110, If-Range). The target is there only when all of it is, and is right.
"""

import errno
import hashlib
import http.client
import json
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from roverctl.core.errors import InputError
from roverctl.terrain.rasters.dataset import looks_like_html
from roverctl.terrain.rasters.shelf import is_url

PIECE_BYTES: Final = 2**18
TIMEOUT_S: Final = 30.0
TRIES: Final = 5  # in a row that bring nothing; a try that brings something counts anew

Progress = Callable[[int, int], None]  # bytes there, bytes in all (0: not told)


class _BrokenError(Exception):
    """The connection ended early; it may be tried again."""


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to the web."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not is_url(newurl):
            raise InputError(f"{req.full_url} sends on to {newurl}, which is not on the web; not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(frozen=True, slots=True)
class _Part:
    """What has come so far."""

    file: Path

    @property
    def origin(self) -> Path:
        """Where it is said what this is a part of."""
        return self.file.with_name(self.file.name + ".from")

    def begun(self, url: str) -> tuple[int, str]:
        """Bytes that are here, and the server's mark for their source; 0 where they cannot be gone on with."""
        try:
            origin = json.loads(self.origin.read_text(encoding="utf-8"))
            if origin["url"] == url and origin["mark"]:
                return self.file.stat().st_size, str(origin["mark"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no part, or of something else: begin anew
        return 0, ""

    def remove(self) -> None:
        """Delete both files."""
        self.file.unlink(missing_ok=True)
        self.origin.unlink(missing_ok=True)


def download(url: str, target: Path, progress: Progress, size: int = 0, sha256: str = "") -> str:
    """Fetch ``url`` into ``target``; gives its SHA-256.

    Parameters
    ----------
    size, sha256 : what is known of the file; 0 and '' where nothing is.

    Raises
    ------
    InputError
        In one line: no network, a refusal, a web page instead of data, a full disk, a wrong size or checksum. A part
        that can be gone on with stays; nothing else does.
    """
    part = _Part(target.with_name(target.name + ".part"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        failures = 0
        while True:
            before, _ = part.begun(url)
            try:
                _fetch(url, part, progress, size)
                break
            except _BrokenError as broken:
                here, _ = part.begun(url)
                failures = 1 if here > before else failures + 1
                if failures >= TRIES or here == 0:
                    kept = f"; {here} bytes are kept, the same command goes on" if here else ""
                    raise InputError(f"{url}: the connection broke: {broken}{kept}") from None
        digest = _checked(part, url, size, sha256)
        part.file.replace(target)
        part.origin.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            part.remove()
            raise InputError(f"{target.parent}: the disk is full; nothing of {url} was kept") from None
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from None
    return digest


def _fetch(url: str, part: _Part, progress: Progress, size: int) -> None:
    """Ask for what is missing and append it."""
    here, mark = part.begun(url)
    request = urllib.request.Request(url, headers={"User-Agent": "roverctl", "Accept-Encoding": "identity"})
    if here:
        request.add_header("Range", f"bytes={here}-")
        request.add_header("If-Range", mark)
    try:
        with urllib.request.build_opener(_WebOnly).open(request, timeout=TIMEOUT_S) as answer:
            _append(answer, url, part, here, progress, size)
    except urllib.error.HTTPError as error:
        if error.code == 416 and here:
            part.remove()  # longer than the file: what is here is not of it
            raise _BrokenError("the server has less than is here; beginning anew") from None
        raise InputError(f"{url}: the server answers {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise _unreachable(url, error.reason) from None
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _BrokenError(str(error) or type(error).__name__) from None


def _unreachable(url: str, reason: Any) -> Exception:
    """No name, no route or no server is told at once; a connection that broke is tried again."""
    if isinstance(reason, socket.gaierror | ConnectionRefusedError) or not isinstance(reason, OSError):
        return InputError(f"{url} cannot be reached: {reason}; is there a network?")
    return _BrokenError(str(reason))


def _append(answer: Any, url: str, part: _Part, here: int, progress: Progress, size: int) -> None:
    """Write an answer after what is here, or from the beginning where the server sends the whole."""
    if answer.status != 206 or not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {here}-"):
        here = 0
    rest = int(answer.headers.get("Content-Length") or 0)
    total = here + rest if rest else size
    if size and total and total != size:
        part.remove()
        raise InputError(f"{url} has {total} bytes, not {size} as published; it is not fetched")
    first = answer.read(PIECE_BYTES)
    if answer.headers.get_content_type() == "text/html" or (here == 0 and looks_like_html(first)):
        raise InputError(f"{url} answers with a web page (HTML), not with data")
    free = shutil.disk_usage(part.file.parent).free
    if rest > free:
        raise OSError(errno.ENOSPC, "No space left on device")
    if here == 0:
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        strong = "" if mark.startswith("W/") else mark  # a weak mark does not promise the same bytes
        part.origin.write_text(json.dumps({"url": url, "mark": strong}), encoding="utf-8")
    with part.file.open("ab" if here else "wb") as stream:
        done = here
        while first:
            stream.write(first)
            done += len(first)
            progress(done, total)
            first = answer.read(PIECE_BYTES)
    if rest and done < total:
        raise _BrokenError(f"{done} of {total} bytes came")


def _checked(part: _Part, url: str, size: int, sha256: str) -> str:
    """The checksum of the whole; what is wrong is deleted, since going on would not mend it."""
    digest = hashlib.sha256()
    with part.file.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
    found, length = digest.hexdigest(), part.file.stat().st_size
    if size and length != size:
        part.remove()
        raise InputError(f"{url} gave {length} bytes, not {size} as published; they are deleted")
    if sha256 and found != sha256.lower():
        part.remove()
        raise InputError(f"{url}: the checksum is {found}, not {sha256} as published; what came is deleted")
    return found
