"""Making wheels from directories and sdists.

Building runs the plugin's build backend, as installing it with pip would. It is the only code of a plugin
that has to run before there is anything to judge, and it runs where the caller says.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from plugin_matrix.errors import PluginError
from plugin_matrix.plugins.backend import RunBackend, run_backend
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.tree import tree_files
from plugin_matrix.plugins.uv import run_uv

BUILD_SECONDS = 600.0


def build_wheel(
    directory: Path, name: str, sources: PackageSources, store: Store, run: RunBackend | None = None
) -> Path:
    """Build the wheel of the project in `directory`, once per content of its tree.

    A copy without left-overs is built, so the tree is not written to. `name` is what the user called it.
    `run` runs the backend, locked in; without it uv does, with all rights of the caller: for own projects.
    Raises `PluginError` with the builder's last lines.
    """
    if not directory.is_dir():
        raise PluginError(f"{name} is not a directory.")
    if not any((directory / file).is_file() for file in ("pyproject.toml", "setup.py")):
        raise PluginError(
            f"{name} is not a Python project: it has no pyproject.toml.",
            next_step="Name the directory that holds the plugin's pyproject.toml.",
        )
    files = list(tree_files(directory, name))

    def make(target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="plugin-matrix-build-") as workspace:
            tree = Path(workspace) / (directory.resolve().name or "project")
            _copy(directory, files, tree)
            if run is not None:
                _build_locked_in(directory, tree, name, sources, store, run, target)
                return
            out = Path(workspace) / "wheels.out"
            _uv_build(tree, out, name, sources)
            wheels = sorted(out.glob("*.whl"))
            if len(wheels) != 1:
                raise PluginError(f"Building {name} gave {len(wheels)} wheels instead of one.")
            target.mkdir()
            shutil.copyfile(wheels[0], target / wheels[0].name)

    entry = store.entry("built", _hash(directory, files, name), make)
    return next(entry.glob("*.whl"))


def _build_locked_in(
    directory: Path,
    tree: Path,
    name: str,
    sources: PackageSources,
    store: Store,
    run: RunBackend,
    target: Path,
) -> None:
    for place in (tree.parent, tree, *tree.rglob("*")):
        if not place.is_symlink():  # The backend is somebody else and has to read it.
            place.chmod(place.stat().st_mode | (0o055 if place.is_dir() else 0o044))
    repository = directory.resolve() / ".git"
    done = run_backend(tree, name, sources, store, run, repository if repository.is_dir() else None)
    target.mkdir()
    (target / done.name).write_bytes(done.wheel)


def _uv_build(tree: Path, out: Path, name: str, sources: PackageSources) -> None:
    variables = {"GIT_OPTIONAL_LOCKS": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    if sources.certificates:
        variables["SSL_CERT_FILE"] = sources.certificates
    arguments = [
        "build",
        "--wheel",
        "--no-python-downloads",
        "--out-dir",
        str(out),
        *sources.uv_arguments(),
        str(tree),
    ]
    result = run_uv(arguments, directory=tree, seconds=BUILD_SECONDS, variables=variables)
    if not result.ok:
        raise PluginError(
            f"No wheel can be built from {name}:\n{result.last_lines}\n",
            next_step=f"See that `uv build --wheel {name}` works, or name a wheel.",
        )


def _copy(directory: Path, files: list[Path], tree: Path) -> None:
    for file in files:
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(directory / file, tree / file)
    repository = directory.resolve() / ".git"
    if repository.is_dir():
        # Backends that take the version from git find the history without its being copied.
        (tree / ".git").write_text(f"gitdir: {repository}\n")


def _hash(directory: Path, files: list[Path], name: str) -> str:
    digest = hashlib.sha256()
    for file in files:
        try:
            with (directory / file).open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except PermissionError as error:
            raise PluginError(
                f"{name} cannot be read: {file} is closed to this user.", next_step="Change its permissions."
            ) from error
        digest.update(f"{file.as_posix()}\0{content}\0{os.access(directory / file, os.X_OK)}\n".encode())
    head = directory / ".git" / "HEAD"
    if head.is_file():
        digest.update(head.read_bytes() + _head_commit(directory / ".git", head.read_text().strip()))
    return digest.hexdigest()


def _head_commit(repository: Path, head: str) -> bytes:
    """Return what the branch in `head` points to, so that a version taken from git is not kept too long."""
    branch = repository / head.removeprefix("ref: ")
    return branch.read_bytes() if head.startswith("ref: ") and branch.is_file() else b""
