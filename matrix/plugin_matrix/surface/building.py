"""Building the surface index from unpacked sources, and adding releases to one.

`python -m plugin_matrix.surface.building SOURCES OUT` builds it from nothing: `SOURCES` holds one directory
per release, named by its version, with `vllm/` inside.

Modules are independent of each other, so each is one task: its file is read once per distinct content,
merged with what the index held, and packed. What spans modules is put together from what the tasks tell:
where public names are defined, and which calls can reach a method that somebody may override.
"""

import contextlib
import gc
import hashlib
import multiprocessing
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import SurfaceIndexError
from plugin_matrix.model.version_set import Mask, release_axis
from plugin_matrix.surface.blocks import (
    BUCKETS,
    CallsContent,
    HomesContent,
    bucket,
    encode,
    pack_mask,
)
from plugin_matrix.surface.built import is_built
from plugin_matrix.surface.merging import (
    Bits,
    ModuleResult,
    ModuleTask,
    PlacedFile,
    homes_of,
    process_module,
    remapped,
)
from plugin_matrix.surface.records import EngineCall
from plugin_matrix.surface.store import ModuleRow, Release, SurfaceIndex
from plugin_matrix.surface.writing import write_index

Progress = Callable[[int, int], None]
"""Told how many modules of how many are done."""

_CallKey = tuple[int, EngineCall]
"""Number of the module, and the call without its line."""


class SourceTree(msgspec.Struct, frozen=True):
    """The unpacked sources of one release."""

    version: str
    root: Path
    """Directory that holds `vllm/`."""
    kind: str = "sdist"


def build_index(
    trees: Sequence[SourceTree],
    out: Path,
    *,
    base: SurfaceIndex | None = None,
    workers: int | None = None,
    progress: Progress = lambda _done, _all: None,
) -> None:
    """Write to `out` the index of `trees` and of what `base` holds; a release of both is read anew.

    Raises `SurfaceIndexError` for a version that is none, and whatever reading the files raises.
    """
    releases = _releases(trees, base)
    axis = release_axis(releases)
    given = {tree.version: tree for tree in trees}
    bits = Bits.of(
        None if release in given else axis.position(release)
        for release in (base.axis.releases if base else ())
    )
    placed = _placed_files(trees, axis.position)
    tasks = list(_tasks(placed, base, bits))
    results: dict[str, ModuleResult] = {}
    with _workers(workers if workers is not None else min(2, os.cpu_count() or 1), len(tasks)) as run:
        for done, result in enumerate(run(tasks), start=1):
            results[result.row.name] = result
            progress(done, len(tasks))
    untouched = (
        [] if base is None else [remapped(row, bits) for row in base.rows() if row.name not in results]
    )
    modules = sorted(
        (row for row in (*(result.row for result in results.values()), *untouched) if row.mask),
        key=lambda row: row.name,
    )
    numbers = {row.name: number for number, row in enumerate(modules)}
    digests = _digests(results.values())
    known = {release.version: release for release in (base.releases if base else ())}
    write_index(
        out,
        releases=[
            Release(version, given[version].kind, digests[axis.position(version)])
            if version in given
            else known[version]
            for version in axis.releases
        ],
        modules=modules,
        homes=_homes(modules, results, base if bits.same else None, numbers),
        calls=_calls(results, base, bits, numbers),
        dictionary=base.dictionary if base else None,
    )


def _releases(trees: Sequence[SourceTree], base: SurfaceIndex | None) -> list[str]:
    for tree in trees:
        try:
            Version(tree.version)
        except InvalidVersion as error:
            raise SurfaceIndexError(
                f"{tree.version!r} is no version, so it has no place among the releases.",
                next_step="Name it by a PEP 440 version, for example 0.34.0.dev1.",
            ) from error
        if not (tree.root / "vllm").is_dir():
            raise SurfaceIndexError(
                f"{tree.root} holds no directory `vllm`.", next_step="Name the directory that does."
            )
    return [*(tree.version for tree in trees), *(base.axis.releases if base else ())]


# ---------------------------------------------------------------- tasks


def _placed_files(trees: Sequence[SourceTree], position: Callable[[str], int]) -> dict[str, list[PlacedFile]]:
    """Return the files of every module, by its name; a package wins over a file of the same name."""
    found: dict[str, dict[int, PlacedFile]] = defaultdict(dict)
    for tree in trees:
        place = position(tree.version)
        for directory, below, names in os.walk(tree.root / "vllm"):
            package = ".".join(Path(directory).relative_to(tree.root).parts)
            # A wheel holds what the build copied in, which the sources of other releases do not.
            below[:] = sorted(
                name
                for name in below
                if name.isidentifier() and not (tree.kind == "wheel" and is_built(f"{package}.{name}"))
            )
            sources = [name for name in names if name.endswith(".py")]
            for name in sorted(sources):
                stem = name.removesuffix(".py")
                path = f"{directory}/{name}"
                if stem == "__init__":
                    found[package][place] = PlacedFile(place, path, is_package=True)
                elif stem.isidentifier():
                    found[f"{package}.{stem}"].setdefault(place, PlacedFile(place, path, is_package=False))
            if sources:
                _namespaces(found, package, place)
    return {name: sorted(files.values(), key=lambda file: file.position) for name, files in found.items()}


def _namespaces(found: dict[str, dict[int, PlacedFile]], package: str, place: int) -> None:
    """Enter a package and those around it where they have no file: they are namespace packages."""
    while package:
        there = found[package].get(place)
        if there is None or not there.is_package:
            # A file of the same name wins over a namespace package, which has no `__init__`.
            found[package].setdefault(place, PlacedFile(place, "", is_package=True))
        package = package.rpartition(".")[0]


def _tasks(
    placed: Mapping[str, list[PlacedFile]], base: SurfaceIndex | None, bits: Bits
) -> Iterator[ModuleTask]:
    """Yield the tasks, the heaviest first, so that no worker is left with one at the end."""
    weighed = sorted(placed, key=lambda name: -_weight(placed[name]))
    for name in weighed:
        yield ModuleTask(name, placed[name], base.row(name) if base else None, bits)


def _weight(files: list[PlacedFile]) -> int:
    newest = files[-1].path
    return (Path(newest).stat().st_size if newest else 0) * len(files)


@contextlib.contextmanager
def _workers(count: int, tasks: int) -> Iterator[Callable[[Iterable[ModuleTask]], Iterator[ModuleResult]]]:
    """Give what runs the tasks, in `count` processes where that pays."""
    if count < 2 or tasks < 50:  # noqa: PLR2004 - starting processes costs more than so few modules
        yield lambda given: map(process_module, given)
        return
    pool: Executor = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("forkserver"), initializer=_start_worker
    )
    try:
        yield lambda given: pool.map(process_module, given, chunksize=8)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    # The parent hears Ctrl-C and ends the workers in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # syntax trees hold no cycles


# ---------------------------------------------------------------- what spans modules


def _digests(results: Iterable[ModuleResult]) -> dict[int, str]:
    """Return the digest of each new release: of its files' paths and contents."""
    lines: dict[int, list[str]] = defaultdict(list)
    for result in results:
        for position, digest in result.digests:
            lines[position].append(f"{result.row.name} {digest}")
    return {
        position: hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
        for position, found in lines.items()
    }


def _homes(
    modules: Iterable[ModuleRow],
    results: Container[str],
    base: SurfaceIndex | None,
    numbers: Mapping[str, int],
) -> dict[int, HomesContent]:
    """Return where public names are defined; `base` tells it of modules that did not change."""
    names: dict[str, set[int]] = defaultdict(set)
    for name, module in base.all_homes() if base else ():
        if module not in results:
            names[name].add(numbers[module])
    for row in modules:
        if base is None or row.name in results:
            for name in homes_of(row):
                names[name].add(numbers[row.name])
    return {
        number: HomesContent({name: sorted(names[name]) for name in sorted(chosen)})
        for number, chosen in _bucketed(names).items()
    }


def _calls(
    results: Mapping[str, ModuleResult], base: SurfaceIndex | None, bits: Bits, numbers: Mapping[str, int]
) -> dict[int, CallsContent]:
    """Put together the calls that can reach a method of a class that others derive from."""
    methods, derived = _overridable(results.values())
    found: dict[str, dict[_CallKey, tuple[Mask, int]]] = defaultdict(dict)
    for there in base.all_calls() if base else ():
        if mask := bits.remap(there.mask):
            _add_call(found[there.call.method], numbers[there.module], there.call, mask)
    for module, result in results.items():
        known_modules = result.imported_modules(numbers)
        for call, where in result.calls:
            mask = where & methods.get(call.method, 0)
            if call.on_itself:
                mask &= derived.get(call.owner, 0)
            if mask and call.receiver not in known_modules:
                _add_call(found[call.method], numbers[module], call, mask)
    return {
        number: _calls_block({method: found[method] for method in sorted(chosen)})
        for number, chosen in _bucketed(found).items()
    }


def _calls_block(found: Mapping[str, Mapping[_CallKey, tuple[Mask, int]]]) -> CallsContent:
    masks: dict[bytes, int] = {}
    table: dict[str, list[tuple[int, int, EngineCall]]] = {}
    for method, calls in found.items():
        rows = [
            (module, pack_mask(mask), msgspec.structs.replace(call, line=line))
            for (module, call), (mask, line) in calls.items()
        ]
        rows.sort(key=lambda row: (row[0], encode(row[2])))
        table[method] = [(module, masks.setdefault(mask, len(masks)), call) for module, mask, call in rows]
    return CallsContent(list(masks), table)


def _add_call(found: dict[_CallKey, tuple[Mask, int]], module: int, call: EngineCall, mask: Mask) -> None:
    """Enter a call; its line stays that on the newest release, whatever the order of adding."""
    key = (module, msgspec.structs.replace(call, line=0))
    there = found.get(key)
    if there is None:
        found[key] = (mask, call.line)
        return
    newer = mask.bit_length() > there[0].bit_length() or (
        mask.bit_length() == there[0].bit_length() and call.line < there[1]
    )
    found[key] = (mask | there[0], call.line if newer else there[1])


def _overridable(results: Iterable[ModuleResult]) -> tuple[dict[str, Mask], dict[str, Mask]]:
    """Return the methods of classes that others derive from, or that are abstract, and these classes.

    Each with its releases; classes by their last name.
    """
    derived: dict[str, Mask] = defaultdict(int)
    members: list[tuple[str, str, Mask]] = []
    for result in results:
        for name, mask in result.bases.items():
            derived[name] |= mask
        members += result.methods
    methods: dict[str, Mask] = defaultdict(int)
    for owner, method, mask in members:
        if reached := mask & derived.get(owner, 0):
            methods[method] |= reached
    return methods, derived


def _bucketed(names: Iterable[str]) -> dict[int, list[str]]:
    buckets: dict[int, list[str]] = {number: [] for number in range(BUCKETS)}
    for name in names:
        buckets[bucket(name)].append(name)
    return buckets


def main(arguments: Sequence[str]) -> None:
    """Build the index of every release below the directory given first into the file given second."""
    sources, out = map(Path, arguments)
    started = time.monotonic()
    trees = [
        SourceTree(path.name, path, "wheel" if (path / "wheel").exists() else "sdist")
        for path in sorted(sources.iterdir())
        if (path / "vllm").is_dir()
    ]

    def report(done: int, total: int) -> None:
        if done % 500 == 0 or done == total:
            sys.stderr.write(f"{done}/{total} modules, {time.monotonic() - started:.0f} s\n")

    build_index(trees, out, progress=report)
    sys.stderr.write(f"{len(trees)} releases, {out.stat().st_size / 1024**2:.2f} MiB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
