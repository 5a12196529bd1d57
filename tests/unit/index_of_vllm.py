"""A package index of vLLM's releases that can be told to misbehave."""

import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from plugin_matrix.plugins.indexes import PackageSources


class Index(http.server.ThreadingHTTPServer):
    """A package index of vLLM that can be told to misbehave."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.artefacts: dict[str, bytes] = {}
        self.attributes: dict[str, str] = {}
        self.promised: dict[str, str] = {}
        self.refusals = 0
        self.ranges = True
        self.answers = threading.Event()
        """Without it every artefact stops half-way."""
        self.answers.set()
        self.reached = threading.Event()
        """An artefact was asked for."""
        self.sent: dict[str, int] = {}
        self.asked: list[str] = []
        """Artefacts that were asked for, as often as they were."""

    @property
    def sources(self) -> PackageSources:
        return PackageSources(
            index_url=f"http://127.0.0.1:{self.server_port}/simple", trusted_hosts=("127.0.0.1",)
        )

    def sdist(self, version: str, members: Mapping[str, str | tarfile.TarInfo], attribute: str = "") -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, content in members.items():
                if isinstance(content, tarfile.TarInfo):
                    archive.addfile(content)
                    continue
                info = tarfile.TarInfo(f"vllm-{version}/{name}")
                info.size = len(content.encode())
                archive.addfile(info, io.BytesIO(content.encode()))
        self.artefacts[f"vllm-{version}.tar.gz"] = buffer.getvalue()
        self.attributes[f"vllm-{version}.tar.gz"] = attribute

    def wheel(
        self, version: str, members: Mapping[str, str | bytes], tag: str = "cp38-abi3-manylinux1_x86_64"
    ) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        self.artefacts[f"vllm-{version}-{tag}.whl"] = buffer.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        if self.server.refusals:
            self.server.refusals -= 1
            self.send_error(503)
            return
        name = self.path.rpartition("/")[2]
        if self.path.startswith("/simple/vllm"):
            self._send(200, self._page().encode(), "text/html")
        elif name not in self.server.artefacts:
            self.send_error(404)
        else:
            self._artefact(name)

    def _page(self) -> str:
        rows = []
        for name, content in self.server.artefacts.items():
            digest = self.server.promised.get(name) or hashlib.sha256(content).hexdigest()
            rows.append(
                f'<a href="/files/{name}#sha256={digest}"{self.server.attributes.get(name, "")}>{name}</a>'
            )
        return f"<!DOCTYPE html><html><body>{''.join(rows)}</body></html>"

    def _artefact(self, name: str) -> None:
        self.server.asked.append(name)
        self.server.reached.set()
        content = self.server.artefacts[name]
        asked = self.headers.get("Range")
        if asked and self.server.ranges:
            first, last = map(int, asked.removeprefix("bytes=").split("-"))
            part = content[first : last + 1]
            self.server.sent[name] = self.server.sent.get(name, 0) + len(part)
            self._send(206, part, "application/octet-stream", f"bytes {first}-{last}/{len(content)}")
        else:
            self._send(200, content, "application/octet-stream")

    def _send(self, status: int, content: bytes, kind: str, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        half = len(content) // 2
        self.wfile.write(content[:half])
        if kind != "text/html":
            self.server.answers.wait(60)
        with suppress(ConnectionError):  # who asked may have been killed meanwhile
            self.wfile.write(content[half:])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base
        pass
