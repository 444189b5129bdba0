"""A loopback web server for tests of downloads: it knows ranges, and can be told to misbehave."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Files:
    """What is served, by path; how often and with which ranges it was asked for.

    knows_ranges: without, the whole file is sent always. cut: bytes after which a connection breaks, once.
    """

    url: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    knows_ranges: bool = True
    cut: int | None = None


@contextmanager
def serving() -> Iterator[Files]:
    files = Files()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.content.get(self.path.partition("?")[0])
            wanted = self.headers.get("Range") or ""
            files.asked.append(wanted)
            if data is None:
                self.send_error(404)
                return
            first, last = 0, len(data) - 1
            if wanted and files.knows_ranges:
                start, _, end = wanted.removeprefix("bytes=").partition("-")
                first, last = int(start), int(end or last)
                if first >= len(data):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            else:
                self.send_response(200)
            part = data[first : last + 1]
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            if files.cut is not None:
                part, files.cut = part[: files.cut], None
                self.close_connection = True
            self.wfile.write(part)

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
