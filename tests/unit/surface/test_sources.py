"""Sources of releases from a package index: a server with sdists, wheels and trouble."""

import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store
from plugin_matrix.surface import sources, store, updating
from plugin_matrix.surface.building import Progress
from plugin_matrix.surface.sources import fetch_tree, published
from plugin_matrix.surface.store import SurfaceIndex, own_path

from ..index_of_vllm import Index
from .trees import told, tree

PLAIN = {"vllm/__init__.py": "", "vllm/a.py": "x = 1"}


def _files(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def _fetched(index: Index, directory: Path) -> dict[str, str]:
    (release,) = published(index.sources)
    return _files(fetch_tree(release, index.sources, directory).root)


def test_releases_are_those_that_people_install(index: Index) -> None:
    for version in (
        "0.5.2",
        "0.5.3",
        "0.5.3.post1",
        "0.10.0",
        "0.9.0",
        "0.34.0rc1",
        "0.33.1.dev5",
        "0.9.0+cu118",
    ):
        index.sdist(version, PLAIN)
    index.sdist("0.8.0", PLAIN, ' data-yanked="broken"')
    index.wheel("0.15.0", PLAIN)
    index.wheel("0.15.0", PLAIN, "cp38-abi3-manylinux1_aarch64")
    index.wheel("0.9.0", PLAIN)
    found = [(release.version, release.kind, release.link.filename) for release in published(index.sources)]
    assert found == [
        ("0.5.3", "sdist", "vllm-0.5.3.tar.gz"),
        ("0.5.3.post1", "sdist", "vllm-0.5.3.post1.tar.gz"),
        ("0.9.0", "sdist", "vllm-0.9.0.tar.gz"),
        ("0.10.0", "sdist", "vllm-0.10.0.tar.gz"),
        ("0.15.0", "wheel", "vllm-0.15.0-cp38-abi3-manylinux1_x86_64.whl"),
    ]
    early = [release.version for release in published(index.sources, early=True)]
    assert early == ["0.5.3", "0.5.3.post1", "0.9.0", "0.10.0", "0.15.0", "0.33.1.dev5", "0.34.0rc1"]


def test_only_the_python_files_of_vllm_are_written(index: Index, tmp_path: Path) -> None:
    link = tarfile.TarInfo("vllm-0.9.0/vllm/link.py")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    index.sdist(
        "0.9.0",
        {
            **PLAIN,
            "setup.py": "x",
            "vllm/b/c.py": "y",
            "vllm/x.cu": "",
            "tests/vllm/t.py": "",
            "vllm/link.py": link,
        },
    )
    assert _fetched(index, tmp_path / "out") == {
        "vllm/__init__.py": "",
        "vllm/a.py": "x = 1",
        "vllm/b/c.py": "y",
    }


def test_nothing_is_written_outside(index: Index, tmp_path: Path) -> None:
    index.sdist(
        "0.9.0", {**PLAIN, "vllm/../../../evil.py": "x", "../vllm/evil.py": "x", "vllm/../evil.py": "x"}
    )
    assert "evil" not in str(_fetched(index, tmp_path / "deep" / "out"))
    assert list(tmp_path.rglob("evil.py")) == []


def test_without_an_sdist_the_python_files_of_a_wheel_are_read_by_parts(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK", 1000)
    heavy = bytes(range(256)) * 400
    members: dict[str, str | bytes] = {
        "vllm/_C.abi3.so": heavy,
        **PLAIN,
        "vllm/_moe_C.so": heavy,
        "vllm/z.py": "z = 1",
        "other/x.py": "",
    }
    index.wheel("0.15.0", members)
    assert _fetched(index, tmp_path / "out") == {
        "vllm/__init__.py": "",
        "vllm/a.py": "x = 1",
        "vllm/z.py": "z = 1",
    }
    (sent,) = index.sent.values()
    assert sent < 10_000


TROUBLE = [
    ("promise", "its content is not what the index promises"),
    ("archive", "is a broken archive"),
    ("truncated", "is a broken archive"),
    ("empty", "holds no Python file of vLLM"),
    ("refusals", "the package index does not answer"),
    ("large", "unpacks to more than"),
    ("contradiction", "is a broken archive"),
]


@pytest.mark.parametrize(("trouble", "told_so"), TROUBLE, ids=[name for name, _ in TROUBLE])
def test_an_sdist_that_cannot_be_had_is_told(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, told_so: str
) -> None:
    index.sdist("0.9.0", {"README": ""} if trouble == "empty" else PLAIN)
    name = "vllm-0.9.0.tar.gz"
    match trouble:
        case "promise":
            index.promised[name] = "0" * 64
        case "archive":
            index.artefacts[name] = b"nothing" * 100
        case "truncated":
            index.artefacts[name] = index.artefacts[name][:60]
        case "contradiction":
            index.sdist("0.9.0", {"vllm/a.py": "", "vllm/a.py/b.py": ""})
        case "large":
            monkeypatch.setattr(sources, "_LARGEST_TREE", 3)
    (release,) = published(index.sources)
    index.refusals = 3 if trouble == "refusals" else 0
    with pytest.raises(SurfaceIndexError, match=told_so) as raised:
        fetch_tree(release, index.sources, tmp_path / "out")
    assert raised.value.next_step


def test_a_wheel_without_range_requests_is_told(index: Index, tmp_path: Path) -> None:
    index.wheel("0.15.0", PLAIN)
    index.ranges = False
    (release,) = published(index.sources)
    with pytest.raises(SurfaceIndexError, match="the index gives no part of a file"):
        fetch_tree(release, index.sources, tmp_path / "out")


def test_a_broken_wheel_is_told(index: Index, tmp_path: Path) -> None:
    index.wheel("0.15.0", PLAIN)
    name = next(iter(index.artefacts))
    index.artefacts[name] = b"nothing" * 100
    (release,) = published(index.sources)
    with pytest.raises(SurfaceIndexError, match="is a broken archive"):
        fetch_tree(release, index.sources, tmp_path / "out")


def test_passing_trouble_is_overcome(index: Index, tmp_path: Path) -> None:
    index.sdist("0.9.0", PLAIN)
    index.refusals = 2
    (release,) = published(index.sources)
    index.refusals = 2
    assert fetch_tree(release, index.sources, tmp_path / "out").version == "0.9.0"


def test_an_index_that_does_not_answer_is_told() -> None:
    nobody = PackageSources(index_url="http://127.0.0.1:9/simple", trusted_hosts=("127.0.0.1",))
    with pytest.raises(SurfaceIndexError, match="The list of vLLM's releases cannot be fetched"):
        published(nobody)


# ---------------------------------------------------------------- sync


class Heard:
    """Notes what is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def indexing(self, what: str) -> Progress:
        self.lines.append(what)
        return lambda _done, _all: None


@pytest.fixture(autouse=True)
def _nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "shipped_path", lambda: tmp_path / "shipped.sqlite")


def _versions(directory: Path) -> tuple[str, ...]:
    return SurfaceIndex.open(own_path(directory)).axis.releases


def test_sync_adds_what_is_lacking_and_then_nothing(index: Index, tmp_path: Path) -> None:
    index.sdist("0.9.0", PLAIN)
    index.sdist("0.11.0", PLAIN)
    kept = Store(tmp_path / "store")
    assert updating.sync(kept, index.sources, Heard()) == ("0.9.0", "0.11.0")
    index.sdist("0.10.0", PLAIN)
    heard = Heard()
    assert updating.sync(kept, index.sources, heard) == ("0.10.0",)
    assert "fetching vLLM 0.10.0 (1 of 1)" in heard.lines
    assert not any("0.9.0" in line for line in heard.lines)
    assert updating.sync(kept, index.sources, Heard()) == ()
    assert _versions(kept.root) == ("0.9.0", "0.10.0", "0.11.0")


def test_sync_from_nothing_says_the_same_as_sync_bit_by_bit(index: Index, tmp_path: Path) -> None:
    once, twice = Store(tmp_path / "once"), Store(tmp_path / "twice")
    index.sdist("0.9.1", PLAIN)
    updating.sync(twice, index.sources, Heard())
    index.sdist("0.9.0", {**PLAIN, "vllm/b.py": "class C: ..."})
    updating.sync(twice, index.sources, Heard())
    updating.sync(once, index.sources, Heard())
    assert told(SurfaceIndex.open(own_path(once.root))) == told(SurfaceIndex.open(own_path(twice.root)))


def test_an_interrupted_sync_keeps_what_was_added_until_then(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "_TOGETHER", 1)
    index.sdist("0.9.0", PLAIN)
    index.sdist("0.9.1", PLAIN)
    real = fetch_tree

    def interrupted(release: Any, *arguments: Any) -> Any:
        if release.version == "0.9.1":
            raise KeyboardInterrupt
        return real(release, *arguments)

    monkeypatch.setattr(updating, "fetch_tree", interrupted)
    kept = Store(tmp_path / "store")
    with pytest.raises(KeyboardInterrupt):
        updating.sync(kept, index.sources, Heard())
    assert _versions(kept.root) == ("0.9.0",)
    monkeypatch.undo()
    monkeypatch.setattr(store, "shipped_path", lambda: tmp_path / "shipped.sqlite")
    assert updating.sync(kept, index.sources, Heard()) == ("0.9.1",)


def _no_database(copy: Path) -> None:
    copy.write_bytes(b"nothing")


def _wrong_checksum(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE modules SET checksum = checksum + 1")


def _older_format(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE facts SET value = value - 1 WHERE key = 'format'")


@pytest.mark.parametrize("break_it", [_no_database, _wrong_checksum, _older_format])
def test_sync_mends_a_broken_copy_where_nothing_is_lacking(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, break_it: Callable[[Path], None]
) -> None:
    index.sdist("0.9.0", PLAIN)
    shipping, kept = Store(tmp_path / "shipping"), Store(tmp_path / "store")
    updating.sync(shipping, index.sources, Heard())
    monkeypatch.setattr(store, "shipped_path", lambda: own_path(shipping.root))
    copy = own_path(kept.root)
    updating.add(kept, tree(tmp_path, "0.9.1.dev1", {}, "tree"), Heard())
    assert _versions(kept.root) == ("0.9.0", "0.9.1.dev1")
    break_it(copy)
    heard = Heard()
    assert updating.sync(kept, index.sources, heard) == ()
    assert any("made anew, without the checkouts" in line for line in heard.lines)
    chosen = SurfaceIndex.choose(copy)
    chosen.verify()
    assert chosen.axis.releases == ("0.9.0",)


def test_sync_mends_a_corrupt_copy(index: Index, tmp_path: Path) -> None:
    index.sdist("0.9.0", PLAIN)
    kept = Store(tmp_path / "store")
    own_path(kept.root).parent.mkdir(parents=True)
    own_path(kept.root).write_bytes(b"nothing")
    heard = Heard()
    assert updating.sync(kept, index.sources, heard) == ("0.9.0",)
    assert any("is corrupt" in line for line in heard.lines)
    assert _versions(kept.root) == ("0.9.0",)


def test_rebuilding_reads_everything_anew(index: Index, tmp_path: Path) -> None:
    index.sdist("0.9.0", PLAIN)
    kept = Store(tmp_path / "store")
    updating.sync(kept, index.sources, Heard())
    updating.add(kept, tree(tmp_path, "0.9.1.dev1", {}, "tree"), Heard())
    assert _versions(kept.root) == ("0.9.0", "0.9.1.dev1")
    assert updating.sync(kept, index.sources, Heard(), rebuild=True) == ("0.9.0",)
    assert _versions(kept.root) == ("0.9.0",)


def test_an_index_without_vllm_is_told(index: Index, tmp_path: Path) -> None:
    with pytest.raises(SurfaceIndexError, match="no release of vLLM"):
        updating.sync(Store(tmp_path), index.sources, Heard())
