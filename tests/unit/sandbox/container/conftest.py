"""A container engine of which the real SDK sees the answers and nothing else."""

import json
import re
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest


class FakeEngine:
    """Answers on a socket what it was told to; the last answer that fits a request is given."""

    def __init__(self, socket: Path) -> None:
        self.host = f"unix://{socket}"
        self.requests: list[str] = []
        self.bodies: dict[str, bytes] = {}
        self._answers: list[tuple[re.Pattern[str], int, bytes]] = []
        self.answer("GET /_ping", "OK")
        self.answer("GET /version", {"ApiVersion": "1.41", "Arch": "amd64", "Version": "20.10.24"})
        self.answer("GET /images/json", [])
        self.answer("GET /containers/json", [])
        self.answer("POST /volumes/prune", {})
        self.answer("POST /images/prune", {})

    def answer(self, request: str, *content: Any, status: int = 200) -> None:
        """Answer requests whose method and path begin so, a pattern; several contents are a stream."""
        text = content[0] if content and isinstance(content[0], str) else "\n".join(map(json.dumps, content))
        self._answers.append((re.compile(request), status, text.encode()))

    def fail(self, request: str, message: str, status: int = 500) -> None:
        """Answer as the engine does when it cannot do something."""
        self.answer(request, {"message": message}, status=status)

    def answer_for(self, request: str) -> tuple[int, bytes]:
        self.requests.append(request)
        for pattern, status, content in reversed(self._answers):
            if pattern.match(request):
                return status, content
        return 404, json.dumps({"message": f"nothing to say to {request}"}).encode()

    def asked(self, pattern: str) -> list[str]:
        """Return the requests that begin with a pattern."""
        return [request for request in self.requests if re.match(pattern, request)]


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """Return an engine that `DOCKER_HOST` names."""
    fake = FakeEngine(tmp_path / "engine.sock")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            path = re.sub(r"^/v[0-9.]+", "", self.path)
            request = f"{self.command} {path}"
            fake.bodies[request] = self._body()
            status, content = fake.answer_for(request)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            # The SDK takes an answer for a stream of events by this alone.
            streamed = status == 200 and request.startswith(("POST /build", "POST /images/create"))
            if streamed:
                self.send_header("Transfer-Encoding", "chunked")
                content = b"".join(
                    b"%x\r\n%s\r\n" % (len(one), one) for one in content.splitlines(keepends=True)
                )
                content += b"0\r\n\r\n"
            else:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                return body
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        do_GET = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815 - http.server looks for these names

        def log_message(self, *args: object) -> None:
            pass

    with _Server(str(tmp_path / "engine.sock"), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", fake.host)
        yield fake
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _machine_is_as_before() -> None:
    """Look for no traces: no cell runs in this tree, and those of tests beside it are not its own."""
