"""Pruning: the bound is honoured, least recently used first, and nobody's run is hurt."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_matrix.plugins import pruning
from plugin_matrix.plugins.pruning import Pruned, entries, prune, total
from plugin_matrix.plugins.store import MARKS, Store, entry_lock

SIZE = 8192
KEYS = ("new", "middle", "old", "oldest")


def fill(path: Path) -> None:
    path.mkdir()
    (path / "content").write_bytes(os.urandom(SIZE))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store whose entries were last used hours ago, in the order of `KEYS`."""
    store = Store(tmp_path / "store")
    for age, key in enumerate(KEYS, start=1):
        path = store.entry("kind", key, fill)
        used = time.time() - age * 10_000
        os.utime(path, (used, used))
    return store


@pytest.fixture
def other_harness(store: Store) -> Iterator[subprocess.Popen[str]]:
    """Another process that marks the store as in use, and uses nothing yet."""
    program = (
        "import sys; from pathlib import Path; from plugin_matrix.plugins.store import Store\n"
        f"store = Store(Path({str(store.root)!r}))\n"
        "with store.in_use():\n"
        "    print('ready', flush=True)\n"
        "    for line in sys.stdin:\n"
        "        print(store.find('kind', line.strip()), flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert said(process) == "ready"
        yield process
        process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def keys(store: Store) -> set[str]:
    """Everything in the kind's directory, half removed things included."""
    return {path.name for path in (store.root / "kind").iterdir()}


def removed(pruned: Pruned) -> list[str]:
    return [entry.key for entry in pruned.removed]


@pytest.mark.parametrize(
    ("bound", "gone"),
    [
        (4 * SIZE, []),
        (4 * SIZE - 1, ["oldest"]),
        (3 * SIZE, ["oldest"]),
        (2 * SIZE, ["oldest", "old"]),
        (0, ["oldest", "old", "middle", "new"]),
    ],
)
def test_the_bound_is_honoured_and_what_was_used_least_recently_goes_first(
    store: Store, bound: int, gone: list[str]
) -> None:
    pruned = prune(store, bound)
    assert removed(pruned) == gone
    assert keys(store) == set(KEYS) - set(gone)
    assert {entry.key for entry in pruned.kept} == keys(store)
    assert pruned.over == 0
    assert total(entries(store)) <= bound


def test_a_use_makes_an_entry_the_most_recent(store: Store) -> None:
    store.find("kind", "oldest")
    assert removed(prune(store, 3 * SIZE)) == ["old"]


def test_what_was_pruned_can_be_made_again(store: Store) -> None:
    prune(store, 0)
    assert store.entry("kind", "new", fill).is_dir()
    assert [entry.key for entry in entries(store)] == ["new"]


def test_what_a_run_under_way_has_used_stays_even_above_the_bound(
    store: Store, other_harness: subprocess.Popen[str]
) -> None:
    assert other_harness.stdin is not None
    print("oldest", file=other_harness.stdin, flush=True)
    assert said(other_harness).endswith("oldest")
    pruned = prune(store, 0)
    assert keys(store) == {"oldest"}
    assert pruned.over == SIZE
    # It still has it, and finds what is gone absent instead of half there.
    for key, answer in (("oldest", str(store.root / "kind" / "oldest")), ("new", "None")):
        print(key, file=other_harness.stdin, flush=True)
        assert said(other_harness) == answer
    assert removed(prune(store, 0)) == []


def test_a_killed_run_protects_nothing_any_more(store: Store, other_harness: subprocess.Popen[str]) -> None:
    assert other_harness.stdin is not None
    print("oldest", file=other_harness.stdin, flush=True)
    said(other_harness)
    other_harness.kill()
    other_harness.wait()
    past = time.time() - 60
    os.utime(store.root / "kind" / "oldest", (past, past))
    assert len(list((store.root / MARKS).iterdir())) == 1
    assert len(removed(prune(store, 0))) == 4
    assert list((store.root / MARKS).iterdir()) == []


def test_an_entry_that_is_being_made_stays(store: Store) -> None:
    with store.lock(entry_lock("kind", "oldest")):
        assert removed(prune(store, 0)) == ["old", "middle", "new"]
    assert keys(store) == {"oldest"}


def test_a_use_between_listing_and_removal_is_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = pruning.entries

    def used_meanwhile(store: Store) -> tuple[pruning.Entry, ...]:
        found = listed(store)
        Store(store.root).find("kind", "old")
        return found

    monkeypatch.setattr(pruning, "entries", used_meanwhile)
    assert removed(prune(store, 0)) == ["oldest", "middle", "new"]
    assert keys(store) == {"old"}


def test_an_interrupted_prune_leaves_whole_entries_and_its_rest_goes_with_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        def interrupt(_: Path) -> None:
            raise KeyboardInterrupt

        patched.setattr(pruning, "remove", interrupt)
        with pytest.raises(KeyboardInterrupt):
            prune(store, 0)
    # Whoever looks for the entry finds none; a half removed tree is beside it.
    assert store.find("kind", "oldest") is None
    assert keys(store) > {"new", "middle", "old"}
    assert removed(prune(store, 3 * SIZE)) == []
    assert keys(store) == {"new", "middle", "old"}


def test_what_a_killed_harness_half_made_is_removed_but_not_what_one_is_making(store: Store) -> None:
    for key in ("new", "old"):
        (store.root / "kind" / f".{key}.abc" / "made").mkdir(parents=True)
    with store.lock(entry_lock("kind", "old")):
        prune(store, 4 * SIZE)
    assert keys(store) == {*KEYS, ".old.abc"}


def test_what_no_store_made_is_neither_counted_nor_removed(store: Store) -> None:
    mine = store.root / "environments" / "production" / "data"
    hidden = store.root / "kind" / ".mine.txt" / "data"
    for path in (mine, hidden):
        path.parent.mkdir(parents=True)
        path.write_text("precious")
    prune(store, 0)
    assert entries(store) == ()
    assert mine.read_text() == hidden.read_text() == "precious"


def test_two_prunes_at_once_remove_no_more_than_one_would(store: Store) -> None:
    for number in range(40):
        path = store.entry("kind", f"many-{number}", fill)
        os.utime(path, (number, number))
    both = [threading.Thread(target=lambda: prune(Store(store.root), 20 * SIZE)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(keys(store)) == 20
    assert set(KEYS) < keys(store)


def test_makers_and_pruners_at_once_never_see_half_an_entry(tmp_path: Path) -> None:
    problems: list[str] = []
    stop = time.monotonic() + 0.5

    def use(number: int) -> None:
        store = Store(tmp_path)
        with store.in_use():
            while time.monotonic() < stop:
                path = store.entry("kind", f"key-{number % 2}", fill)
                if not (path / "content").is_file():
                    problems.append(f"{path} is half there")

    def clear() -> None:
        while time.monotonic() < stop:
            prune(Store(tmp_path), 0)

    threads = [
        *(threading.Thread(target=use, args=(number,)) for number in range(3)),
        *(threading.Thread(target=clear) for _ in range(2)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_an_entry_is_measured_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    prune(store, 4 * SIZE)
    monkeypatch.setattr(pruning, "_size", None)
    assert total(entries(store)) == 4 * SIZE


@pytest.mark.parametrize("content", ["", "[]", '{"kind/new": "large"}', "\0"])
def test_remembered_sizes_that_cannot_be_read_are_measured_again(store: Store, content: str) -> None:
    (store.root / "sizes.json").write_text(content)
    assert total(prune(store, 4 * SIZE).kept) == 4 * SIZE


def test_a_file_linked_twice_counts_once(tmp_path: Path) -> None:
    def linked(path: Path) -> None:
        fill(path)
        (path / "again").hardlink_to(path / "content")

    store = Store(tmp_path)
    store.entry("kind", "key", linked)
    assert total(entries(store)) == SIZE


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert prune(Store(tmp_path / "none"), 0).removed == entries(Store(tmp_path / "none")) == ()
    assert not (tmp_path / "none").exists()


def test_marks_nest_and_end(store: Store) -> None:
    with store.in_use(), store.in_use():
        assert len(list((store.root / MARKS).iterdir())) == 2
    assert list((store.root / MARKS).iterdir()) == []
    shutil.rmtree(store.root / MARKS)
    assert len(removed(prune(store, 0))) == 4
