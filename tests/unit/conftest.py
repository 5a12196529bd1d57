"""Wheels made in a moment, and a package index of vLLM, for every unit test that needs one."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from tests.wheels import REGISTER, write_wheel

from .index_of_vllm import Index


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
        return write_wheel(
            directory or tmp_path / "wheels",
            name,
            version,
            tag=tag,
            files={f"{name}/__init__.py": "def register():\n    pass\n", **files},
            requires=requires,
            entry_points=entry_points,
        )

    return make


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setattr("plugin_matrix.surface.sources.time.sleep", lambda _: None)
    with Index() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
