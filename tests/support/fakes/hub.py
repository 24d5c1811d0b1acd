"""A fake of the Hugging Face hub with the endpoints that downloading one file uses."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

_ERROR_CODES = {401: "RepoNotFound", 403: "GatedRepo", 404: "EntryNotFound"}


@dataclass
class Hub:
    """One repository with one file, and the faults to simulate."""

    address: str = ""
    path: str = "/owner/repository/resolve/main/model.gguf"
    content: bytes = b""
    more: dict[str, bytes] = field(default_factory=dict)
    """More files, by their names."""
    checksum: str = ""
    """The checksum to announce instead of the true one."""
    breaks_off_after: list[int] = field(default_factory=list)
    """For each transfer, after how many bytes it breaks off; with an empty list, transfers are complete."""
    status: int = 200
    requests: list[str] = field(default_factory=list)

    def find(self, path: str) -> bytes | None:
        """Return the content of the file at this path."""
        return self.content if path == self.path else self.more.get(path.rpartition("/")[2])

    def sha256(self, content: bytes) -> str:
        return self.checksum or hashlib.sha256(content).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(_Handler):
        the_hub = hub

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    the_hub: ClassVar[Hub]

    def do_HEAD(self) -> None:
        hub = self.the_hub
        hub.requests.append(f"HEAD {self.path}")
        if (content := self._content()) is None:
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hub.sha256(content)}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()

    def do_GET(self) -> None:
        hub = self.the_hub
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        hub.requests.append(f"GET {self.path} from {start}")
        if (content := self._content()) is None:
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if hub.breaks_off_after:
            body = body[: hub.breaks_off_after.pop(0)]
            self.close_connection = True
        self.wfile.write(body)

    def _content(self) -> bytes | None:
        """Return the requested file, or refuse the request."""
        content = self.the_hub.find(self.path)
        status = 404 if content is None else self.the_hub.status
        if status == 200:
            return content
        self.send_response(status)
        if error_code := _ERROR_CODES.get(status):
            self.send_header("X-Error-Code", error_code)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def log_message(self, *_: object) -> None:
        pass
