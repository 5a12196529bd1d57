"""What a plugin requires beside vLLM and torch, resolved against the base and installed into one directory.

What cannot be had is named with the reason and left out: the plugin may get on without it, and
when it does not, the cell says which module was missing.
"""

import datetime as dt
import hashlib
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from plugin_matrix.engines.base import (
    ACCELERATOR_PACKAGES,
    DEVICE_PACKAGES,
    INSTALL_SECONDS,
    Base,
    CompileByteCode,
    installer_variables,
)
from plugin_matrix.plugins.indexes import PackageSources
from plugin_matrix.plugins.opening import OpenedPlugin
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uv import UvResult, run_uv

# The engine is under test and torch is the base's; a second one of either would be judged instead.
NEVER = ("vllm", "torch", "torchaudio", "torchvision", "triton", "pytorch-triton", "xformers", "flash-attn")
MAX_BYTES = 300 * 1024**2
"""Of all wheels of one plugin together."""
MAX_FILE_BYTES = 512 * 1024**2
RESOLVE_SECONDS = 120.0
TRYING_SECONDS = 180.0
"""For finding out which requirements go together when not all do."""
KIND = "dependencies"
RESOLUTION_KIND = "resolutions"
_UV_NO_SOLUTION = 1
"""uv's exit status when there is no solution; 2 is trouble such as a dead network."""


class Pin(msgspec.Struct, frozen=True, order=True):
    """One package of a resolution."""

    name: str
    version: str
    hashes: tuple[str, ...]
    size: int
    """Bytes of the wheel; 0 where the index does not tell."""

    @property
    def line(self) -> str:
        """As a line of a requirements file."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={one}" for one in self.hashes)])


class Resolution(msgspec.Struct, frozen=True):
    """What is to be installed, and what cannot be."""

    pins: tuple[Pin, ...] = ()
    missing: tuple[str, ...] = ()


class Dependencies(msgspec.Struct, frozen=True):
    """The directory that holds a plugin's dependencies; None when there is nothing to hold."""

    path: Path | None
    missing: tuple[str, ...]


def requirements_of(opened: OpenedPlugin, markers: dict[str, str]) -> tuple[str, ...]:
    """Return the requirements that apply to an interpreter with `markers`, without engine and torch."""
    own = canonicalize_name(opened.plugin.name)
    applying = set()
    for text in opened.plugin.requires_dist:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        extras = ("", *opened.extras)
        if requirement.marker and not any(
            requirement.marker.evaluate(markers | {"extra": e}) for e in extras
        ):
            continue
        if name == own or name in NEVER or _is_of_a_device(name):
            continue
        requirement.marker = None
        applying.add(str(requirement))
    return tuple(sorted(applying))


def _is_of_a_device(name: str) -> bool:
    return any(kind.match(name) for kind in (ACCELERATOR_PACKAGES, DEVICE_PACKAGES))


def provide_dependencies(
    requirements: Sequence[str],
    base: Base,
    store: Store,
    sources: PackageSources,
    *,
    compile_byte_code: CompileByteCode | None = None,
) -> Dependencies:
    """Install `requirements` beside `base`, leaving out what the base has; made once per resolved list."""
    if not requirements:
        return Dependencies(None, ())
    resolution = _resolve_once(requirements, base, store, sources)
    pins, missing = _within_bounds(resolution.pins)
    missing = (*resolution.missing, *missing)
    if not pins:
        return Dependencies(None, missing)
    lines = "".join(f"{pin.line}\n" for pin in pins)
    interpreter = base.interpreter
    image = ("image",) if interpreter.image else ()
    key = _key(str(interpreter.executable), interpreter.version, *image, lines)

    def make(path: Path) -> None:
        listing = path.with_name("requirements.txt")
        listing.write_text(lines)
        python = interpreter.target_arguments if interpreter.image else ["--python", str(base.path)]
        arguments = ["pip", "install", *python, "--target", str(path), "--no-deps", "--only-binary", ":all:"]
        arguments += [] if interpreter.image else ["--compile-bytecode"]
        arguments += ["-r", str(listing), *sources.uv_arguments()]
        result = _uv(arguments, path.parent, sources, INSTALL_SECONDS)
        if not result.ok:
            raise _NotInstalledError(result.reason)
        _remove_hidden(path)
        if compile_byte_code is not None:
            compile_byte_code(path)

    try:
        return Dependencies(store.entry(KIND, key, make), missing)
    except _NotInstalledError as error:
        return Dependencies(None, (*missing, *(f"{pin.name}: {error}" for pin in pins)))


def _remove_hidden(layer: Path) -> None:
    """Remove modules named like the standard library's, which hides them wherever packages are installed.

    A layer comes before the standard library on `sys.path`, so the backport of `typing` would win here.
    """
    for entry in layer.iterdir():
        if entry.name.removesuffix(".py") in sys.stdlib_module_names:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


class _NotInstalledError(Exception):
    """uv could not install a resolved list."""


def _resolve_once(
    requirements: Sequence[str], base: Base, store: Store, sources: PackageSources
) -> Resolution:
    """Resolve, or take what was resolved today for the same requirements, base and sources."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    key = _key(today, base.name, *requirements, *sources.uv_arguments(), *NEVER, DEVICE_PACKAGES.pattern)
    kept = store.find(RESOLUTION_KIND, key)
    if kept:
        return msgspec.json.decode(kept.read_bytes(), type=Resolution)
    with store.guarded(), tempfile.TemporaryDirectory(prefix="plugin-matrix-") as workspace:
        resolution, settled = _resolve(requirements, base, Path(workspace), sources)
    if settled:
        store.entry(RESOLUTION_KIND, key, lambda path: _write(path, msgspec.json.encode(resolution)))
    return resolution


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _resolve(
    requirements: Sequence[str], base: Base, workspace: Path, sources: PackageSources
) -> tuple[Resolution, bool]:
    """Resolve all at once or, where that has no solution, as many as go together.

    The second value is False when trouble such as a dead network had a part in it.
    """
    pins, result = _compile(requirements, base, workspace, sources)
    if pins is not None:
        return Resolution(pins), True
    settled = result.code == _UV_NO_SOLUTION
    if len(requirements) == 1 or not settled:
        reason = result.reason
        return Resolution((), tuple(f"{requirement}: {reason}" for requirement in requirements)), settled
    accepted: list[str] = []
    missing: list[str] = []
    best: tuple[Pin, ...] = ()
    give_up = time.monotonic() + TRYING_SECONDS
    for requirement in requirements:
        if time.monotonic() > give_up:
            missing.append(f"{requirement}: not tried, the others took too long")
            settled = False
            continue
        pins, result = _compile([*accepted, requirement], base, workspace, sources)
        if pins is None:
            missing.append(f"{requirement}: {result.reason}")
            settled &= result.code == _UV_NO_SOLUTION
        else:
            accepted.append(requirement)
            best = pins
    return Resolution(best, tuple(missing)), settled


def _compile(
    requirements: Sequence[str], base: Base, workspace: Path, sources: PackageSources
) -> tuple[tuple[Pin, ...] | None, UvResult]:
    """Resolve with uv; the base's versions are preferred, and what equals them is left out."""
    present = base.packages()
    wanted, never, lock = (workspace / name for name in ("wanted.in", "never.txt", "pylock.toml"))
    wanted.write_text("".join(f"{requirement}\n" for requirement in requirements))
    banned = set(NEVER)
    while True:
        never.write_text("".join(f"{name}\n" for name in sorted(banned)))
        lock.write_text(_lock_of(present))
        image = base.interpreter.image
        python = base.interpreter.target_arguments if image else ["--python", str(base.path)]
        arguments = ["pip", "compile", "--quiet", *python, "--only-binary", ":all:"]
        arguments += ["--format", "pylock.toml", "--no-header", "--excludes", str(never), "-o", str(lock)]
        arguments += [*sources.uv_arguments(), str(wanted)]
        result = _uv(arguments, workspace, sources, RESOLVE_SECONDS)
        if not result.ok:
            return None, result
        packages = tomllib.loads(lock.read_text()).get("packages", [])
        unwanted = {one["name"] for one in packages if _is_of_a_device(one["name"])} - banned
        if not unwanted:
            break
        banned |= unwanted
    return tuple(sorted(_pin(one) for one in packages if present.get(one["name"]) != one["version"])), result


def _lock_of(present: dict[str, str]) -> str:
    """Return a lock file of the base's packages: uv keeps to the versions it finds there."""
    packages = (
        f'[[packages]]\nname = "{name}"\nversion = "{version}"\n' for name, version in sorted(present.items())
    )
    head = 'lock-version = "1.0"\ncreated-by = "plugin-matrix"\n'
    return "\n".join([head, *packages]) if present else f"{head}packages = []\n"


def _pin(package: dict[str, Any]) -> Pin:
    wheels = package.get("wheels", [])
    hashes = {f"{kind}:{value}" for wheel in wheels for kind, value in wheel.get("hashes", {}).items()}
    size = max((wheel.get("size", 0) for wheel in wheels), default=0)
    return Pin(package["name"], package["version"], tuple(sorted(hashes)), size)


def _within_bounds(pins: Iterable[Pin]) -> tuple[tuple[Pin, ...], tuple[str, ...]]:
    """Leave out the largest packages until all wheels together are within bounds."""
    kept, left_out = sorted(pins, key=lambda pin: pin.size), []
    while sum(pin.size for pin in kept) > MAX_BYTES:
        pin = kept.pop()
        left_out.append(f"{pin.name}: left out, its wheel has {pin.size / 1024**2:.0f} MiB")
    return tuple(sorted(kept)), tuple(left_out)


def _uv(arguments: Sequence[str], directory: Path, sources: PackageSources, seconds: float) -> UvResult:
    return run_uv(
        arguments,
        directory=directory,
        seconds=seconds,
        variables=installer_variables(sources),
        file_bytes=MAX_FILE_BYTES,
    )


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
