"""Whose file a line of code is in: the plugin's, the engine's or another's."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from os import sep
from os.path import abspath, dirname, realpath

_PROBE = dirname(abspath(__file__)) + sep


class Origins:
    """Decide by the `sys.path` entry a file lies under and by its top module."""

    def __init__(self, plugin_layers: Iterable[str], plugin_tops: frozenset[str]) -> None:
        self._layers = tuple(
            sorted({realpath(layer) for layer in plugin_layers} | {abspath(layer) for layer in plugin_layers})
        )
        self.tops = plugin_tops
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, file: str) -> tuple[str, str]:
        """Return (`plugin` | `engine` | `other`, the file relative to its `sys.path` entry)."""
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._find(file)
        return known

    def _find(self, file: str) -> tuple[str, str]:
        for layer in self._layers:
            if file.startswith(layer + sep):
                relative = file[len(layer) + 1 :]
                return (
                    "engine" if _top(relative) == "vllm" and "vllm" not in self.tops else "plugin"
                ), relative
        roots = [entry for entry in sys.path if entry and file.startswith(entry.rstrip(sep) + sep)]
        if not roots:
            return "other", file
        relative = file[len(max(roots, key=len).rstrip(sep)) + 1 :]
        top = _top(relative)
        if top in self.tops:
            return "plugin", relative
        return ("engine" if top == "vllm" else "other"), relative


def is_probe(file: str) -> bool:
    """Tell whether a file is one of the probe's own."""
    return file.startswith(_PROBE)


def _top(relative: str) -> str:
    first = relative.split(sep, 1)[0]
    return first.removesuffix(".py")
