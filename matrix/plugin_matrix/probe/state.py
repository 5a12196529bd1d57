"""Snapshots of a process's state as text, and the differences between two of them.

Everything is described in a way that stays equal when the same work is done again: counts, names
and values, never identities or addresses.
"""

from __future__ import annotations

import _thread
import atexit
import gc
import logging
import os
import signal
import sys
import warnings
from collections import Counter
from time import sleep
from typing import TYPE_CHECKING, Any

from .patches import Patches, nesting
from .registries import OVERRIDES, REGISTRY, Registries
from .text import bounded, qualified, shown

if TYPE_CHECKING:
    from .origin import Origins

State = dict[str, dict[str, str]]
"""Kind of change -> subject -> value."""

LASTING_KINDS = frozenset(
    (REGISTRY, OVERRIDES, "patches", "handlers", "env", "sys_path", "atexit", "signals", "warnings_filters")
)
"""All but what running threads hold for a moment."""

MAX_CHANGES = 400
_SETTLE_SECONDS = 0.05
_SIGNALS = tuple(
    number for number in range(1, signal.NSIG) if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33)
)
_getsignal = signal.getsignal
_OWN_ENVIRONMENT = ("VLLM_PLUGINS",)
"""Variables that the scenarios set themselves."""


class Observer:
    """Takes snapshots of this process.

    Made in the zygote, before plugin code runs: the baseline for patches and the list of
    registries that were there from the beginning are inherited by every scenario.
    """

    def __init__(self, origins: Origins) -> None:
        self._patches = Patches(origins)
        self._registries = Registries()
        self._registries.describe()
        self._ignored_handlers: list[logging.Handler] = []

    def ignore_handler(self, handler: logging.Handler) -> None:
        """Leave a handler of the probe's out of all snapshots."""
        self._ignored_handlers.append(handler)

    def snapshot(self) -> State:
        """Describe the state of this process now."""
        # First, so that files and threads are counted when it has let go of what it held.
        return {
            **self.shared(),
            "atexit": {"exit handlers": str(atexit._ncallbacks())},
            "cwd": {"working directory": _cwd()},
            "env": {
                bounded(key, 300): bounded(value, 500)
                for key, value in list(os.environ.items())
                if key not in _OWN_ENVIRONMENT
            },
            "files": _files(),
            "handlers": self._handlers(),
            "patches": self._patches.describe(),
            "signals": _signals(),
            "sys_path": _counted(bounded(str(entry), 500) for entry in sys.path),
            "threads": {"threads": str(_thread._count())},
            "warnings_filters": _counted(_filter(item) for item in list(warnings.filters)),
        }

    def shared(self) -> State:
        """Describe what a child process must have like its parent."""
        return self._registries.describe()

    def settled(self, reference: State) -> State:
        """Take a snapshot, giving threads and garbage that are about to go the time to do so."""
        state = self.snapshot()
        if state["threads"] == reference["threads"] and state["files"] == reference["files"]:
            return state
        gc.collect()
        sleep(_SETTLE_SECONDS)
        return self.snapshot()

    def _handlers(self) -> dict[str, str]:
        counts: dict[str, str] = {}
        root = logging.getLogger()
        loggers: list[Any] = [root, *list(logging.Logger.manager.loggerDict.values())]
        for logger in loggers:
            handlers = getattr(logger, "handlers", None)  # placeholders have none
            filters = getattr(logger, "filters", None)
            if handlers:
                count = sum(1 for handler in handlers if handler not in self._ignored_handlers)
                if count:
                    counts[bounded(logger.name, 300)] = str(count)
            if filters:
                counts[bounded(f"{logger.name} (filters)", 300)] = str(len(filters))
        return counts


def changes(before: State, after: State, kinds: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """Return the differences as `Change` objects, of all kinds or of some."""
    found: list[dict[str, Any]] = []
    for kind in sorted(after):
        if kinds is not None and kind not in kinds:
            continue
        old, new = before.get(kind, {}), after[kind]
        if old == new:
            continue
        found.extend(
            {"kind": kind, "subject": subject, "before": old.get(subject), "after": new.get(subject)}
            for subject in sorted(old.keys() | new.keys())
            if old.get(subject) != new.get(subject)
        )
    return found[:MAX_CHANGES]


def _counted(items: Any) -> dict[str, str]:
    return {item: str(count) for item, count in Counter(items).items()}


def _cwd() -> str:
    try:
        return bounded(os.getcwd(), 500)
    except OSError:
        return "<removed>"


def _files() -> dict[str, str]:
    found: Counter[str] = Counter()
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return {}
    for name in names:
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:  # the directory's own descriptor, closed by now
            continue
        # `socket:[123]`: the number is new each time
        found[bounded(target.partition(":[")[0], 500)] += 1
    return {target: str(count) for target, count in found.items()}


def _signals() -> dict[str, str]:
    found = {}
    for number in _SIGNALS:
        handler = _getsignal(number)
        if handler is None or isinstance(handler, (int, signal.Handlers)):
            continue
        if handler is not signal.default_int_handler:
            found[f"signal {number}"] = f"{qualified(handler)} depth={nesting(handler)}"
    return found


def _filter(item: Any) -> str:
    action, message, category, module, line = item
    return bounded(
        f"{action}:{getattr(message, 'pattern', message) or ''}:{qualified(category)}"
        f":{getattr(module, 'pattern', module) or ''}:{line}"
        if isinstance(category, type)
        else shown(item),
        300,
    )
