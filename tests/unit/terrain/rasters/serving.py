"""A web server with ranges, redirects and faults, as the archives' behave.

In the test's own process it can be told what goes wrong. GDAL holds the interpreter while it opens a URL, so that its
server has to be a process of its own: ``python serving.py FOLDER`` serves a folder, prints its port, and logs the
ranges that were asked in ``asked.txt`` there.
"""

import http.server
import sys
from pathlib import Path
from typing import Any


class Server(http.server.ThreadingHTTPServer):
    """Files by path, and what goes wrong with them; ``asked`` remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.ranges = True
        self.cut: list[int] = []  # the next answers break after so many bytes
        self.kind = "image/tiff"
        self.mark = '"v1"'
        self.log: Path | None = None

    def handle_error(self, *_: Any) -> None:
        """A connection that was cut on purpose."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    """GET and HEAD with single ranges, If-Range, redirects."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append((self.path, asked))
        if self.server.log is not None:
            with self.server.log.open("a") as stream:
                stream.write(f"{self.path} {asked}\n")
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.path.replace("/moved", "") if "away" not in self.path else "ftp://x/a")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path not in self.server.files:
            self.send_error(404)
            return
        data = self.server.files[self.path]
        first, last = 0, len(data) - 1
        partial = self.server.ranges and asked and self.headers.get("If-Range") in (None, self.server.mark)
        if partial:
            begin, _, end = asked.removeprefix("bytes=").partition("-")
            first, last = int(begin), min(int(end) if end else last, last)
            if first > last:
                self.send_error(416)
                return
        self.send_response(206 if partial else 200)
        self.send_header("Content-Type", self.server.kind)
        self.send_header("ETag", self.server.mark)
        if self.server.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if partial:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if body:
            part = data[first : last + 1]
            if self.server.cut:
                self.wfile.write(part[: self.server.cut.pop(0)])
                self.close_connection = True
                self.wfile.flush()
                self.connection.close()
            else:
                self.wfile.write(part)

    def log_message(self, *_: Any) -> None: ...


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Server() as made:
        made.files = {f"/{file.name}": file.read_bytes() for file in folder.iterdir()}
        made.log = folder / "asked.txt"
        print(made.url, flush=True)
        made.serve_forever()
