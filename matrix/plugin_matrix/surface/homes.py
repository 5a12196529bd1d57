"""Where a name or module went: the releases that lack the old place, and the place that has it there."""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import Answer, ClassAt, FunctionAt, Missing, ModuleAt
from plugin_matrix.surface.bases import Place, union
from plugin_matrix.surface.classes import Classes
from plugin_matrix.surface.pieces import groups
from plugin_matrix.surface.records import (
    AttributeRecord,
    ClassRecord,
    FunctionRecord,
    ImportedName,
    Mark,
    Record,
)

Homes = tuple[tuple[str, Mask], ...]

_ENOUGH = 0.5
"""Share of a module's names that another must define to be its new place."""
_FEW = 3
"""Places told at most: the best."""


class Moves:
    """Finds what went elsewhere."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.names = classes.names
        self._defined = functools.cache(self._defined_last)

    def homes(self, missing: Missing, before: Answer | None, mask: Mask) -> Homes:
        """Return dotted paths with the releases of `mask` that have them, the likeliest first.

        `before` is what the path led to where it existed: a definition equal to it comes first, then one of
        the same name and kind.
        """
        match before.thing if before else None:
            case ModuleAt(name=name):
                return self._modules(name, mask)
            case ClassAt(qualname=qualname) | FunctionAt(qualname=qualname) if "." in qualname:
                return ()
            case (
                ClassAt(module=module, qualname=name, record=record)
                | FunctionAt(module=module, qualname=name, record=record)
            ):
                return self._definitions(name, module, record, mask, missing)
            case _:
                if missing.kind == "module":
                    return self._modules(f"{missing.owner}.{missing.name}", mask)
                if missing.kind == "name":
                    return self._definitions(missing.name, missing.owner, None, mask, missing)
                return ()

    def _definitions(self, name: str, old: str, before: Record | None, mask: Mask, missing: Missing) -> Homes:
        found: list[tuple[tuple[int, int, int], str, Mask]] = []
        for module, offered in self.names.index.homes(name):
            if module == missing.owner or not offered & mask:
                continue
            by_rank: dict[int, Mask] = defaultdict(int)
            for part, records in groups(self.names.symbols(module, name), offered & mask):
                ranks = [self._unlike(name, old, before, module, record) for record in records]
                by_rank[min(ranks)] |= part
            if not by_rank:
                continue
            best = min(by_rank)
            if best <= _KIND:
                held = union(part for rank, part in by_rank.items() if rank <= _KIND)
                found.append(((best, -held.bit_count(), _distance(module, old)), f"{module}.{name}", held))
        found.sort()
        if found:
            # Same-named definitions of another content are told only where none is the same.
            best = found[0][0][0]
            found = [entry for entry in found if entry[0][0] == best]
        return tuple((path, held) for _, path, held in found[:_FEW])

    def _unlike(self, name: str, old: str, before: Record | None, module: str, record: Record) -> int:
        """Return how far a record is from what was there before: `_SAME`, `_MEMBERS`, `_KIND`, `_OTHER`."""
        marks = record.marks
        if marks & Mark.TYPE_ONLY:
            return _OTHER
        if before is None:
            return _KIND if isinstance(record, ClassRecord | FunctionRecord | AttributeRecord) else _OTHER
        match before, record:
            case FunctionRecord(), FunctionRecord():
                return _SAME if before.signature == record.signature else _KIND
            case ClassRecord(), ClassRecord():
                mine = self._members(Place(old, name), before, newest=True)
                theirs = self._members(Place(module, name), record, newest=False)
                shared = len(mine & theirs) / max(1, len(mine))
                if (before.bases, before.fields) == (record.bases, record.fields):
                    return _SAME if shared >= _ENOUGH or not mine else _MEMBERS
                return _MEMBERS if shared >= _ENOUGH else _KIND
            case _:
                return _OTHER

    def _members(self, place: Place, record: ClassRecord, *, newest: bool) -> set[str]:
        """Return the members of the class on the last (or first) release on which it looks so."""
        held = union(mask for mask, other in self.names.symbols(*place) if other == record)
        release = 1 << held.bit_length() - 1 if newest else held & -held
        return {
            name
            for name in self.classes.members(place)
            if any(mask & release for mask, _ in self.classes.member(place, name))
        }

    # ------------------------------------------------------------ modules

    def _modules(self, old: str, mask: Mask) -> Homes:
        """Return the modules that took over most of what `old` defined last."""
        defined = self._defined(old)
        votes: Counter[str] = Counter()
        where: dict[str, Mask] = defaultdict(int)
        for name in defined:
            for module, offered in self.names.index.homes(name):
                if offered & mask and module != old:
                    votes[module] += 1
                    where[module] |= offered & mask
        last = old.rpartition(".")[2]
        ranked = sorted(
            (
                (-count, module.rpartition(".")[2] != last, _distance(module, old), module)
                for module, count in votes.items()
                if count >= max(1, _ENOUGH * len(defined))
            )
        )
        if ranked:
            return tuple((module, where[module]) for *_, module in ranked[:_FEW])
        return self._namesakes(old, last, mask) if not defined else ()

    def _defined_last(self, module: str) -> tuple[str, ...]:
        """Return the public classes and functions of the module where it last was."""
        surface = self.names.surface(module)
        if surface is None or not surface.mask:
            return ()
        newest = 1 << (surface.mask.bit_length() - 1)
        found = []
        for symbol in surface.symbols:
            if "." in symbol or symbol.startswith("_"):
                continue
            for held, record in surface.symbols[symbol]:
                name = _definition(module, symbol, record) if held & newest else None
                if name is not None:
                    found.append(name)
                    break
        return tuple(found)

    def _namesakes(self, old: str, last: str, mask: Mask) -> Homes:
        """Return the package of the same name that holds most of the modules that `old` held."""
        modules = self.names.index.modules()
        below = {name.removeprefix(f"{old}.") for name in modules if name.startswith(f"{old}.")}
        alike = [
            (-sum(f"{name}.{child}" in modules for child in below), name, held & mask)
            for name, held in modules.items()
            if name.rpartition(".")[2] == last and held & mask and name != old
        ]
        return tuple((name, held) for shared, name, held in sorted(alike)[:1] if shared)


_SAME, _MEMBERS, _KIND, _OTHER = range(4)


def _definition(module: str, symbol: str, record: Record) -> str | None:
    """Return the name of what a symbol of the module defines, None where it defines nothing."""
    if isinstance(record, ClassRecord | FunctionRecord):
        return symbol
    if isinstance(record, ImportedName) and record.module.startswith(f"{module}."):
        # A package names what its modules define.
        return record.name
    return None


def _distance(module: str, old: str) -> int:
    """Return how many parts two dotted names do not share."""
    return len(_parts(module) ^ _parts(old))


def _parts(dotted: str) -> set[str]:
    return set(_words(dotted.split(".")))


def _words(parts: Iterable[str]) -> Iterator[str]:
    return (word for part in parts for word in part.split("_"))
