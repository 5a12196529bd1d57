"""The store from the command line: shown, pruned, and bounded after every run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_matrix.plugins.pruning import entries
from plugin_matrix.plugins.store import Store

GOOD = str(Path(__file__).parents[3] / "plugins_fixtures" / "general-no-op")
MIB = 1024**2
Invoke = Callable[..., subprocess.CompletedProcess[str]]


def fill(path: Path) -> None:
    path.write_bytes(os.urandom(MIB))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A store with three entries of 1 MiB that were used long ago."""
    store = Store(tmp_path / "store")
    for age, key in enumerate(("one", "two", "three")):
        path = store.entry("layers", key, fill)
        os.utime(path, (1000 - age, 1000 - age))
    return store.root


@pytest.fixture
def invoke(place: Path, tmp_path: Path) -> Invoke:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "plugin_matrix", *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
            check=False,
            env=os.environ | {"PLUGIN_MATRIX_STORE": str(place)},
        )

    return call


def test_show_says_kinds_entries_and_sizes(invoke: Invoke, place: Path) -> None:
    ended = invoke("store", "show")
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, ended.stderr
    assert lines[0] == [str(place)]
    assert lines[-2:] == [["layers", "3", "3.0", "MiB"], ["together", "3", "3.0", "MiB"]]


def test_prune_removes_down_to_the_size_asked_for(invoke: Invoke, place: Path) -> None:
    ended = invoke("store", "prune", "--max-size", "2MiB")
    assert ended.stdout == "removed 1 entries, 1.0 MiB; 2 stay, 2.0 MiB\n", ended.stderr
    assert {path.name for path in (place / "layers").iterdir()} == {"one", "two"}
    assert invoke("store", "prune").stdout == "removed 0 entries, 0 B; 2 stay, 2.0 MiB\n"


def test_prune_says_when_a_run_holds_more_than_asked(invoke: Invoke, place: Path) -> None:
    store = Store(place)
    with store.in_use():
        store.find("layers", "one")
        assert "1.0 MiB more than asked" in invoke("store", "prune", "--max-size", "0").stdout


def test_a_run_ends_with_a_store_within_its_bound(invoke: Invoke, place: Path) -> None:
    run = ("run", GOOD, "--engines", "0.33.0", "--no-torch", "--store-size")
    roomy = invoke(*run, "1GiB")
    assert roomy.returncode == 0, roomy.stderr
    assert "The store held" not in roomy.stderr
    held = sum(entry.size for entry in entries(Store(place)))
    # What was used now fits, the three old ones do not.
    tight = invoke(*run, str(held - 3 * MIB))
    assert tight.returncode == 0, tight.stderr
    assert "removed 3 entries, 3.0 MiB" in " ".join(tight.stderr.split())
    assert list((place / "layers").glob("t*")) == []
    assert invoke(*run, "0").returncode == 0
    assert not [entry for entry in entries(Store(place)) if entry.kind == "environments"]
    # A run that finds nothing makes everything again.
    assert invoke(*run, "1GiB").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("store", "prune", "--max-size", "10 elephants"), "like 10GiB"),
        (("run", GOOD, "--store-size", "-1"), "like 10GiB"),
        (("store", "clear"), "No such command"),
    ],
)
def test_what_cannot_be_meant_is_refused(invoke: Invoke, arguments: tuple[str, ...], said: str) -> None:
    ended = invoke(*arguments)
    assert ended.returncode == 2
    assert said in " ".join(ended.stderr.split())


def test_a_store_that_is_a_file_is_refused_in_a_sentence(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = invoke("store", "prune", "--store", str(tmp_path / "file"))
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
