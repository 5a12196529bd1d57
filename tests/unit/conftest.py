"""Wheels made in a moment, and a package index of vLLM, for every unit test that needs one."""

import base64
import hashlib
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from .index_of_vllm import Index

REGISTER = "[vllm.general_plugins]\nacme = acme:register\n"


class MakeWheel(Protocol):
    def __call__(
        self,
        name: str = "acme",
        version: str = "1.0",
        *,
        tag: str = "py3-none-any",
        files: Mapping[str, bytes | str | None] = ...,
        requires: Sequence[str] = ...,
        entry_points: str | None = ...,
        directory: Path | None = None,
    ) -> Path: ...


@pytest.fixture
def make_wheel(tmp_path: Path) -> MakeWheel:
    """Return a maker of wheels; `files` adds to or, with None, takes from a good plugin wheel."""

    def make(
        name: str = "acme",
        version: str = "1.0",
        *,
        tag: str = "py3-none-any",
        files: Mapping[str, bytes | str | None] = {},
        requires: Sequence[str] = (),
        entry_points: str | None = REGISTER,
        directory: Path | None = None,
    ) -> Path:
        directory = directory or tmp_path / "wheels"
        directory.mkdir(parents=True, exist_ok=True)
        info = f"{name}-{version}.dist-info"
        lines = [f"Requires-Dist: {requirement}\n" for requirement in requires]
        content: dict[str, bytes | str | None] = {
            f"{name}/__init__.py": "def register():\n    pass\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{''.join(lines)}",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
            f"{info}/entry_points.txt": entry_points,
            f"{info}/RECORD": "",
            **files,
        }
        members = {
            path: text.encode() if isinstance(text, str) else text
            for path, text in content.items()
            if text is not None
        }
        record = f"{info}/RECORD"
        if record in members:
            members[record] = "".join(
                f"{path},sha256={_digest(data)},{len(data)}\n"
                for path, data in members.items()
                if path != record
            ).encode()
        wheel = directory / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in members.items():
                # A fixed time, so that equal content gives equal wheels.
                archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
        return wheel

    return make


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setattr("plugin_matrix.surface.sources.time.sleep", lambda _: None)
    with Index() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
