"""Byte code for plugins' layers, as an installer would have written it.

Cells can write nowhere, so without it every process of every cell would compile a plugin's source
again. Source is foreign, and the compiler is a program that it could exhaust or crash, so it is compiled
in the sandbox, once for each content and Python; a cell never gets byte code made of other source.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from struct import Struct, error

import msgspec

from plugin_matrix.engines.environment import Environment, PluginLayer
from plugin_matrix.plugins.store import Store
from plugin_matrix.sandbox import Command, Limits, Sandbox
from plugin_matrix.sandbox.protocol import End

KIND = "compiled"
MIN_SOURCE_BYTES = 64 * 1024
"""Less is compiled within a cell faster than a sandbox starts."""
MAX_BYTES = 64 * 1024**2
COMPILE_SECONDS = 120.0
_LENGTH = Struct(">I")
_SOURCES = "sources"


class _InterruptedError(Exception):
    """The harness is being ended; nothing is known about the source."""


class LayerByteCode:
    """Copies of plugins' layers that have byte code, in a store."""

    def __init__(
        self, store: Path, sandbox: Sandbox, probe: Callable[[Environment], Path], limits: Limits
    ) -> None:
        """Compile in `sandbox`, within `limits`, with the probe that `probe` gives for an environment."""
        self._store = Store(store)
        self._sandbox = sandbox
        self._probe = probe
        self._left: set[Path] = set()
        """Layers that stay as they are, so that no cell looks through them again."""
        self._limits = msgspec.structs.replace(
            limits, wall_seconds=COMPILE_SECONDS, result_bytes=MAX_BYTES, file_bytes=MAX_BYTES
        )

    def __call__(self, layer: PluginLayer, environment: Environment) -> PluginLayer:
        """Return `layer` with its plugin's directories replaced.

        Raises as `Sandbox.run` and `Store.entry` do.
        """
        paths = tuple(self._compiled(path, environment) for path in layer.plugin_paths)
        return msgspec.structs.replace(layer, plugin_paths=paths)

    def _compiled(self, layer: Path, environment: Environment) -> Path:
        interpreter = environment.base.interpreter
        name = f"{layer.name}-{interpreter.version}"
        if (known := self._store.find(KIND, name)) is not None:
            return known
        if layer in self._left or interpreter.markers["implementation_name"] != "cpython":
            return layer
        sources = sorted(path.relative_to(layer) for path in layer.rglob("*.py") if path.is_file())
        size = sum((layer / source).stat().st_size for source in sources)
        # A plugin may bring byte code, or something that is called so; that is its own affair.
        if size < MIN_SOURCE_BYTES or any(layer.rglob("__pycache__")):
            self._left.add(layer)
            return layer

        def make(path: Path) -> None:
            byte_code = self._compile(layer, sources, environment)
            shutil.copytree(layer, path)
            tag = "cpython-" + "".join(interpreter.version.split(".")[:2])
            for source, data in zip(sources, byte_code, strict=False):
                if data:
                    file = path / source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"
                    file.parent.mkdir(exist_ok=True)
                    file.write_bytes(data)

        try:
            return self._store.entry(KIND, name, make)
        except _InterruptedError:
            return layer

    def _compile(self, layer: Path, sources: list[Path], environment: Environment) -> list[bytes]:
        """Return the byte code of each source; fewer, or none, when the compiler was brought down."""
        probe = self._probe(environment)
        listing = b"\0".join(os.fsencode(source) for source in sources)
        execution = self._sandbox.run(
            Command(
                argv=(
                    *(str(environment.python), "-I", "-S", "-B", str(probe / "byte_code.py")),
                    *(str(layer), f"{{scratch}}/{_SOURCES}", "{result}"),
                ),
                environment={"LANG": "C.UTF-8"},
                files={_SOURCES: listing},
                read_only=(*environment.read_only, layer, probe),
                limits=self._limits,
            )
        )
        if execution.end is End.INTERRUPTED:
            raise _InterruptedError
        return _parts(execution.result or b"")


def _parts(data: bytes) -> list[bytes]:
    """Return what stands behind each length, up to the first that is not whole."""
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        try:
            (length,) = _LENGTH.unpack_from(data, at)
        except error:
            break
        at += _LENGTH.size + length
        if at > len(data):
            break
        parts.append(data[at - length : at])
    return parts
