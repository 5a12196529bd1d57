"""Trees of vLLM on this machine: where the package is and which version it has."""

import subprocess
from pathlib import Path

import pytest

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.surface.checkouts import open_checkout

from .trees import tree

SAYING = [
    ({"_version.py": "version: str\n__version__ = version = '0.33.0'\n"}, "0.33.0"),
    ({"_version.py": "__version__ = '0.8.5.post1'"}, "0.8.5.post1"),
    ({"version.py": '__version__ = "0.5.3"'}, "0.5.3"),
    ({"../PKG-INFO": "Metadata-Version: 2.4\nName: vllm\nVersion: 0.33.0\n"}, "0.33.0"),
    ({"_version.py": "version = '0.33.1'", "../PKG-INFO": "Version: 0.33.0"}, "0.33.1"),
    (
        {"_version.py": "__version__ = version = '0.34.0.dev12+g0123abc.d20261101'"},
        "0.34.0.dev12+g0123abc.d20261101",
    ),
]


@pytest.mark.parametrize(("files", "version"), SAYING)
def test_a_tree_says_its_version(tmp_path: Path, files: dict[str, str], version: str) -> None:
    made = tree(tmp_path, "x", files)
    opened = open_checkout(made.root)
    assert (opened.version, opened.root, opened.kind) == (version, made.root, "tree")
    assert open_checkout(made.root / "vllm").root == made.root


def test_a_name_wins(tmp_path: Path) -> None:
    made = tree(tmp_path, "x", {"version.py": '__version__ = "0.5.3"'})
    assert open_checkout(made.root, "v0.34.0.dev1").version == "0.34.0.dev1"


REFUSED = [
    ({}, None, "does not say which version"),
    ({"version.py": '__version__ = "dev"'}, None, "'dev' is no version"),
    ({}, "main", "'main' is no version"),
]


@pytest.mark.parametrize(("files", "name", "why"), REFUSED)
def test_a_tree_without_a_version_is_refused(
    tmp_path: Path, files: dict[str, str], name: str | None, why: str
) -> None:
    with pytest.raises(SurfaceIndexError, match=why) as raised:
        open_checkout(tree(tmp_path, "x", files).root, name)
    assert "--name" in raised.value.next_step


def test_a_directory_without_vllm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurfaceIndexError, match="holds no package `vllm`"):
        open_checkout(tmp_path)


def _git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, "-C", str(root), *arguments], check=True, capture_output=True)  # noqa: S607


@pytest.mark.parametrize(
    ("tag", "commits", "version"),
    [
        ("v0.33.0", 0, "0.33.0"),
        ("v0.33.0", 2, "0.33.1.dev2+g"),
        ("v0.34.0rc1", 1, "0.34.0rc2.dev1+g"),
        ("v0.34.0rc1", 0, "0.34.0rc1"),
        ("nightly", 1, "0.5.3"),
    ],
)
def test_a_checkout_has_the_version_of_its_last_tag(
    tmp_path: Path, tag: str, commits: int, version: str
) -> None:
    root = tree(tmp_path, "x", {"version.py": '__version__ = "0.5.3"'}).root
    _git(root, "init", "-q")
    _git(root, "add", ".")
    _git(root, "commit", "-qm", "first")
    _git(root, "tag", tag)
    for number in range(commits):
        _git(root, "commit", "-q", "--allow-empty", "-m", str(number))
    found = open_checkout(root).version
    assert found.startswith(version) if version.endswith("+g") else found == version
