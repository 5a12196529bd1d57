"""The store: whole or absent, made once, least recently used goes first."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from plugin_matrix.errors import DiskFullError, EnvironmentMakingError
from plugin_matrix.plugins.store import Store


def fill(path: Path, size: int = 8192) -> None:
    path.mkdir()
    (path / "content").write_bytes(os.urandom(size))


def test_an_entry_is_made_once_by_many_threads(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        time.sleep(0.05)
        fill(path)

    # Each with a store of its own, as two harnesses have.
    threads = [threading.Thread(target=lambda: Store(tmp_path).entry("kind", "key", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "kind").iterdir()] == ["key"]


def test_a_half_made_entry_leaves_nothing_and_is_made_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)

    def fail(path: Path) -> None:
        fill(path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.entry("kind", "key", fail)
    assert list((tmp_path / "kind").iterdir()) == []
    assert store.entry("kind", "key", fill) == tmp_path / "kind" / "key"


def test_what_a_killed_harness_left_is_cleared_away(tmp_path: Path) -> None:
    fill_left = tmp_path / "kind" / ".key.abc"
    fill_left.mkdir(parents=True)
    Store(tmp_path).entry("kind", "key", fill)
    assert [path.name for path in (tmp_path / "kind").iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [(errno.ENOSPC, DiskFullError), (errno.EDQUOT, DiskFullError), (errno.EACCES, EnvironmentMakingError)],
)
def test_refusals_of_the_system_say_what_to_do(tmp_path: Path, code: int, expected: type[Exception]) -> None:
    def refuse(_: Path) -> None:
        raise OSError(code, os.strerror(code))

    with pytest.raises(expected) as caught:
        Store(tmp_path).entry("kind", "key", refuse)
    assert getattr(caught.value, "next_step", "")


def test_a_store_that_is_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentMakingError, match="The store cannot be used"):
        Store(tmp_path / "file").entry("kind", "key", fill)
