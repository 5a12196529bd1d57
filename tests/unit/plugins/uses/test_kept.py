"""What was read of a plugin is kept: the next reading finds the same, and reads what changed alone."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from plugin_matrix.model.plugin import EntryPoint
from plugin_matrix.plugins.pruning import entries, prune
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uses import kept, plugin_source, read_uses
from plugin_matrix.plugins.uses.records import SourceUses
from plugin_matrix.plugins.uses.walking import read_file

FILES: Mapping[str, bytes] = {
    "acme/__init__.py": b"from vllm.a import f\nf(1)\ndef register():\n    return 'vllm.b.Class'\n",
    "acme/more.py": b"import vllm\nclass Worker(vllm.Base):\n    def run(self, *, n: int): super().run(n)\n",
    "acme/bad.py": b"def broken(:\n",
    "acme.pth": b"import acme.more\n",
}
ENTRY = EntryPoint("vllm.general_plugins", "acme", "acme:register")


class Read:
    """Reads, and says which files were read and not found."""

    def __init__(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = Store(store)
        self.files: list[str] = []

        def noted(module: str, file: str, *rest: object) -> object:
            self.files.append(file)
            return read_file(module, file, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(plugin_source, "read_file", noted)

    def __call__(self, files: Mapping[str, bytes], *entry_points: EntryPoint) -> SourceUses:
        self.files.clear()
        return read_uses(files, entry_points=entry_points or (ENTRY,), store=self.store)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    return Read(tmp_path / "store", monkeypatch)


def test_a_second_reading_finds_the_same_and_reads_nothing(read: Read) -> None:
    first = read(FILES)
    assert sorted(read.files) == sorted(FILES)
    assert read(FILES) == first
    assert read.files == []
    assert first == read_uses(FILES, entry_points=[ENTRY])


def test_only_what_changed_is_read(read: Read) -> None:
    read(FILES)
    changed = {**FILES, "acme/more.py": b"import vllm.c\n", "acme/new.py": b"import vllm.d\n"}
    del changed["acme/bad.py"]
    found = read(changed)
    assert sorted(read.files) == ["acme/more.py", "acme/new.py"]
    assert found == read_uses(changed, entry_points=[ENTRY])


def test_a_file_that_moved_is_read_again(read: Read) -> None:
    read(FILES)
    read({**FILES, "acme/moved.py": FILES["acme/more.py"]})
    assert read.files == ["acme/moved.py"]


def test_what_an_entry_point_returns_is_part_of_the_reading(read: Read) -> None:
    read(FILES)
    platform = EntryPoint("vllm.platform_plugins", "acme", "acme:register")
    found = read(FILES, platform)
    assert sorted(read.files) == sorted(FILES)
    assert found == read_uses(FILES, entry_points=[platform])


def test_another_reader_reads_again(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    read(FILES)
    monkeypatch.setattr(kept, "version", lambda _: "99.0")
    read(FILES)
    assert sorted(read.files) == sorted(FILES)


@pytest.mark.parametrize("content", [b"", b"\x81", b"\x80", b"\x81\xc4\x01a\x93abc", os.urandom(64)])
def test_what_is_damaged_is_read_again(read: Read, content: bytes) -> None:
    first = read(FILES)
    (entry,) = entries(read.store)
    entry.path.write_bytes(content)
    assert read(FILES) == first
    assert sorted(read.files) == sorted(FILES)


def test_a_store_that_cannot_be_written_is_no_matter(read: Read) -> None:
    read.store.root.write_text("a file")
    assert read(FILES) == read_uses(FILES, entry_points=[ENTRY])


def test_a_plugin_has_one_entry_however_often_it_changes_and_it_is_pruned_as_others_are(read: Read) -> None:
    for number in range(3):
        read({**FILES, "acme/more.py": b"import vllm.m%d\n" % number})
    (entry,) = entries(read.store)
    assert entry.kind == "read"
    assert list(entry.path.parent.iterdir()) == [entry.path]
    os.utime(entry.path, (0, 0))
    prune(read.store, 0)
    assert entries(read.store) == ()


def test_several_processes_leave_the_same(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(FILES)
    monkeypatch.setattr(plugin_source, "PARALLEL_BYTES", 1)
    monkeypatch.setattr(plugin_source, "processors", lambda: 2)
    (entry,) = entries(read.store)
    alone = entry.path.read_bytes()
    entry.path.unlink()
    assert read(FILES) == first
    assert sorted(entry.path.read_bytes()) == sorted(alone)
    read(FILES)
    assert read.files == []
