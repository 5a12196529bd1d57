"""Published plugins that are known: what to check an engine against, and which names are taken.

`python -m plugin_matrix.plugins.known [NAME...]` reads the newest release of each plugin in the list, and of
each NAME, from the package index and writes `plugin_matrix/data/known_plugins.json` anew.
"""

import sys
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from plugin_matrix.errors import PluginError
from plugin_matrix.model import EntryPoint


class KnownPlugin(msgspec.Struct, frozen=True):
    """A published plugin at its newest release."""

    name: str
    version: str
    entry_points: tuple[EntryPoint, ...]


class _KnownPlugins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    plugins: tuple[KnownPlugin, ...]


def _path() -> Path:
    return Path(str(files("plugin_matrix"))) / "data" / "known_plugins.json"


@cache
def known_plugins() -> tuple[KnownPlugin, ...]:
    """Return the known plugins by name."""
    return _read().plugins


def _read() -> _KnownPlugins:
    return msgspec.json.decode(_path().read_bytes(), type=_KnownPlugins)


def renew(names: tuple[str, ...]) -> int:
    """Write the list anew, with `names` added; returns how many could not be read and stay as they were."""
    from plugin_matrix.plugins.opening import open_plugin  # noqa: PLC0415 - readers of the list need none

    before = _read()
    known = {str(canonicalize_name(plugin.name)): plugin for plugin in before.plugins}
    failed = 0
    with tempfile.TemporaryDirectory(prefix="plugin-matrix-known-") as store:
        for name in sorted({*known, *map(canonicalize_name, names)}):
            try:
                plugin = open_plugin(name, Path(store)).plugin
            except PluginError as error:
                failed += 1
                sys.stderr.write(f"{name}: {error}\n")
                continue
            known[name] = KnownPlugin(name, plugin.version, plugin.entry_points)
    rows = ",\n".join(f"    {msgspec.json.encode(known[name]).decode()}" for name in sorted(known))
    head = msgspec.json.encode(before.source).decode()
    _path().write_text(f'{{\n  "source": {head},\n  "plugins": [\n{rows}\n  ]\n}}\n', encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(1 if renew(tuple(sys.argv[1:])) else 0)
