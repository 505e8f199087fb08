"""A real git server over smart HTTP for tests: `git http-backend` behind a small bridge on 127.0.0.1, any free port.

It can be told to misbehave for single requests, the way networks do: answer 503, drop the answer of a push that was
carried out, or never answer.
"""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO


class Mood(Enum):
    """How one request is answered."""

    WELL = "well"
    BUSY = "503 before anything is done"
    FORBIDDEN = "403 before anything is done"
    LOCKED = "401 before anything is done: who are you?"
    LOST = "carried out, and the connection is closed without an answer"
    SILENT = "nothing is done and nothing is answered until the server stops"


_REFUSALS = {Mood.BUSY: 503, Mood.FORBIDDEN: 403, Mood.LOCKED: 401}


class HttpBackend(ThreadingHTTPServer):
    """Serves every repository below `root`. `mood(path, number)` decides about the n-th request, counted from 1."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.mood: Callable[[str, int], Mood] = lambda _path, _number: Mood.WELL
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()

    def url(self, repository: str) -> str:
        """The URL of a repository below the root."""
        return f"http://127.0.0.1:{self.server_address[1]}/{repository}"

    def note(self, request: str) -> Mood:
        """Remember a request (`POST /plans.git/git-receive-pack`) and decide how it is answered."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        return self.mood(request, number)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no test failure."""


class _Handler(BaseHTTPRequestHandler):
    server: HttpBackend

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        mood = self.server.note(f"{self.command} {path}")
        if mood in _REFUSALS:
            self.send_error(_REFUSALS[mood])
            return
        if mood is Mood.SILENT:
            self.server.stopping.wait(60)
            return
        answer = self._backend(path, query, body)
        if mood is Mood.WELL:
            self._send(answer)
        self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(_chunks(self.rfile))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _backend(self, path: str, query: str, body: bytes) -> bytes:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "someone",  # git http-backend takes pushes only from somebody it knows
            "REMOTE_ADDR": "127.0.0.1",
        }
        return subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True).stdout

    def _send(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        fields = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n") if b": " in line)
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


@contextmanager
def serving(root: Path) -> Iterator[HttpBackend]:
    """A running server for the repositories below a folder."""
    server = HttpBackend(root)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
