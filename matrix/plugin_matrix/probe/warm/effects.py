"""What importing a module changes outside of it: measured, taken back, and done again on demand.

Only state that programs commonly look at; `docs/architecture/warm.md` lists it and what is left out.
"""

from __future__ import annotations

import _warnings
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Lists = dict[str, "list[Any]"]
    Tables = dict[str, "dict[Any, Any]"]

_ABSENT = object()


class State:
    """The lists and tables that imports add to, as they are now."""

    __slots__ = ("lists", "tables")

    def __init__(self, callbacks: list[Any]) -> None:
        self.lists: Lists = {name: list(one) for name, one in _lists(callbacks).items()}
        self.tables: Tables = {name: dict(one) for name, one in _tables().items()}


class Effect:
    """The difference between two states: what was added to lists, in front or behind, and set in tables."""

    __slots__ = ("behind", "front", "removed", "tables")

    def __init__(self) -> None:
        self.front: Lists = {}
        self.behind: Lists = {}
        self.removed: Lists = {}
        self.tables: Tables = {}

    def __bool__(self) -> bool:
        return bool(self.front or self.behind or self.removed or self.tables)

    @classmethod
    def between(cls, before: State, after: State) -> Effect:
        """Return what happened between two states."""
        effect = cls()
        for name, new in after.lists.items():
            old = before.lists.get(name, [])
            if len(new) == len(old) and all(map(_same, new, old)):
                continue
            first = next((at for at, item in enumerate(new) if _in(item, old)), len(new))
            front, behind = new[:first], [item for item in new[first:] if not _in(item, old)]
            # A list that was empty grows behind.
            if not old:
                front, behind = behind, front
            removed = [item for item in old if not _in(item, new)]
            for kept, items in ((effect.front, front), (effect.behind, behind), (effect.removed, removed)):
                if items:
                    kept[name] = items
        for name, table in after.tables.items():
            earlier = before.tables.get(name, {})
            changed = {
                key: value for key, value in table.items() if not _same(earlier.get(key, _ABSENT), value)
            }
            changed.update((key, _ABSENT) for key in earlier if key not in table)
            if changed:
                effect.tables[name] = changed
        return effect

    def without(self, inner: list[Effect]) -> Effect:
        """Return what is left when the effects of inner imports are taken out."""
        own = Effect()
        for kind in ("front", "behind", "removed"):
            for name, items in getattr(self, kind).items():
                theirs = [item for one in inner for item in getattr(one, kind).get(name, ())]
                mine = [item for item in items if not _in(item, theirs)]
                if mine:
                    getattr(own, kind)[name] = mine
        for name, changed in self.tables.items():
            done = {key: value for one in inner for key, value in one.tables.get(name, {}).items()}
            rest = {key: value for key, value in changed.items() if not _same(done.get(key, self), value)}
            if rest:
                own.tables[name] = rest
        # What an inner import added and is gone again was taken out by the outer one.
        for one in inner:
            for kept in (one.front, one.behind):
                for name, items in kept.items():
                    mine = [*self.front.get(name, ()), *self.behind.get(name, ())]
                    gone = [item for item in items if not _in(item, mine)]
                    if gone:
                        own.removed.setdefault(name, []).extend(gone)
        return own

    def apply(self, callbacks: list[Any], register: Callable[..., Any]) -> None:
        """Do it again in this process."""
        lists = _lists(callbacks)
        for function, arguments, named in self.behind.get("atexit", ()):
            register(function, *arguments, **named)
        changed = {*self.front, *self.behind, *self.removed} - {"atexit"}
        for name in lists.keys() & changed:
            gone = self.removed.get(name, ())
            kept = [item for item in lists[name] if not _in(item, gone)]
            lists[name][:] = [*self.front.get(name, ()), *kept, *self.behind.get(name, ())]
        if "filters" in changed:
            _filters_changed()
        tables = _tables()
        for name in tables.keys() & self.tables.keys():
            _set(tables[name], self.tables[name])


def _set(table: dict[Any, Any], changed: dict[Any, Any]) -> None:
    for key, value in changed.items():
        if value is _ABSENT:
            table.pop(key, None)
        elif not hasattr(table.get(key), "handlers"):  # A logger that is in use stays what it is.
            table[key] = value


def restore(state: State, callbacks: list[Any]) -> None:
    """Bring lists and tables back; what did not exist when `state` was taken is emptied."""
    for name, items in _lists(callbacks).items():
        if name != "atexit":
            items[:] = state.lists.get(name, [])
    _filters_changed()
    for name, table in _tables().items():
        earlier = state.tables.get(name, {})
        for key in [key for key in table if key not in earlier]:
            del table[key]
        for key, value in earlier.items():
            if not _same(table.get(key, _ABSENT), value):
                table[key] = value


_kept: dict[str, Any] = {}
"""Modules whose state is looked at, also while they are hidden."""


def _module(name: str) -> Any:
    found = sys.modules.get(name)
    if found is not None:
        _kept[name] = found
    return _kept.get(name)


def _lists(callbacks: list[Any]) -> Lists:
    found: Lists = {
        "atexit": callbacks,
        "meta_path": sys.meta_path,
        "path_hooks": sys.path_hooks,
        "path": sys.path,
    }
    # The module begins with the list of Python's core, and may have put another in its place.
    found["filters"] = getattr(_module("warnings"), "filters", None) or _warnings.filters
    logging = _module("logging")
    if hasattr(logging, "root"):
        found["root handlers"] = logging.root.handlers
    return found


def _tables() -> Tables:
    found: Tables = {"environment": os.environ}  # type: ignore[dict-item]
    logging = _module("logging")
    if hasattr(logging, "root"):
        found["loggers"] = logging.Logger.manager.loggerDict
    return found


def _filters_changed() -> None:
    warnings = _module("warnings")
    for name in ("_filters_mutated", "_filters_mutated_lock_held"):
        if hasattr(warnings, name):
            getattr(warnings, name)()
            return


def _same(one: Any, other: Any) -> bool:
    # The environment makes a new text whenever it is asked.
    return one is other or (type(one) is type(other) is str and one == other)


def _in(item: Any, items: Any) -> bool:
    return any(item is one for one in items)
