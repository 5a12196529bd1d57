"""See which of the plugin's functions the engine calls, and what they raise.

The engine gets every function through `EntryPoint.load()`, and some releases swallow what the
function raises; so functions of the groups whose values the engine only calls are handed out
inside a wrapper. Values that the engine inspects (classes of other groups) are left as they are.
"""

from __future__ import annotations

import sys
from functools import update_wrapper
from importlib import metadata
from typing import TYPE_CHECKING, Any, Callable

from .entry import ENDPOINT, GENERAL, IO, PLATFORM, Entry

if TYPE_CHECKING:
    from .context import Context

_TRACED = (GENERAL, PLATFORM, IO, ENDPOINT)


class Tracer:
    """Records the calls of the plugin's entry points in this process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.called: list[str] = []
        """Ids of entry points whose function ran, in order."""
        self.raised: dict[str, dict[str, Any]] = {}
        """Id -> what its function raised first."""
        self.load_raised: dict[str, dict[str, Any]] = {}
        """Id -> what loading raised."""
        self.returned: dict[str, Any] = {}
        self._values: dict[str, Any] = {}

    def install(self) -> None:
        """Stand between the engine and `EntryPoint.load`."""
        kinds = [metadata.EntryPoint]
        backport = sys.modules.get("importlib_metadata")
        if backport is not None:
            kinds.append(backport.EntryPoint)
        for kind in kinds:
            self._stand_in(kind)

    def load(self, entry: Entry) -> Any:
        """Load an entry point and return what it names, without a wrapper."""
        entry.point().load()
        return self._values[entry.id]

    def _stand_in(self, kind: Any) -> None:
        original = kind.load
        tracer = self

        def load(point: Any) -> Any:
            entry = Entry(point.group, point.name, point.value)
            if entry not in tracer._context.discovery.entries:
                return original(point)
            with tracer._context.phase("import"):
                try:
                    value = original(point)
                except BaseException as error:
                    tracer.load_raised.setdefault(entry.id, tracer._context.describe(error))
                    raise
            tracer._values[entry.id] = value
            if entry.group not in _TRACED or not callable(value):
                return value
            return tracer.traced(entry, value)

        kind.load = load

    def traced(self, entry: Entry, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` in a wrapper that records its calls."""

        def traced(*arguments: Any, **named: Any) -> Any:
            self.called.append(entry.id)
            with self._context.phase("call"):
                try:
                    value = function(*arguments, **named)
                except BaseException as error:
                    self.raised.setdefault(entry.id, self._context.describe(error))
                    raise
            self.returned[entry.id] = value
            return value

        try:
            update_wrapper(traced, function)
        except Exception:  # noqa: BLE001 - attributes of a foreign callable
            return traced
        return traced
