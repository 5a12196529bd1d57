"""Where something can be imported: in vLLM, or in the plugin by way of what that imports in turn."""

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.plugins.uses.expressions import Present, Runs, Setting
from plugin_matrix.plugins.uses.file_record import FileRecord, RawImport
from plugin_matrix.plugins.uses.guards import ALWAYS, conjunction, disjunction, negation
from plugin_matrix.plugins.uses.records import Exists, Guard, IsSet, Unknown
from plugin_matrix.plugins.uses.things import (
    ClassThing,
    EngineThing,
    FunctionThing,
    InstanceThing,
    Linked,
    ModuleThing,
    Thing,
    ValueThing,
    parents,
)

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.conditions import Conditions
    from plugin_matrix.plugins.uses.names import Names

ENGINE = "vllm"
_MAX_IMPORTS = 64


class Existence:
    """Answers whether paths can be reached."""

    def __init__(self, names: "Names", conditions: "Conditions") -> None:
        self._names = names
        self._conditions = conditions
        self.importable = functools.cache(self._importable)

    def holds(self, test: Present | Runs | Setting) -> Guard:
        """Return where `test` is true."""
        match test:
            case Present(path):
                return self.exists(path)
            case Runs(function):
                return self.runs(function)
            case Setting(variable):
                return IsSet(variable)

    def exists(self, path: AccessPath) -> Guard:
        """Return where `path` can be imported or reached."""
        if path.root == ENGINE and not path.steps:
            return ALWAYS
        found = self._names.resolve(path)
        guards = [
            conjunction([*map(self._conditions.truth, one.tests), self._thing_exists(one.thing)])
            for one in found
        ]
        return disjunction(guards) if guards else Unknown(path.text())

    def _thing_exists(self, thing: Thing) -> Guard:
        match thing:
            case EngineThing(path):
                return Exists(path)
            case ModuleThing(name):
                return self.importable(name)
            case ClassThing(path):
                return self.importable(self._names.module_of[self._names.classes[path].unit].module)
            case FunctionThing(unit):
                return self.importable(self._names.module_of[unit].module)
            case InstanceThing() | ValueThing():
                return ALWAYS

    def runs(self, path: AccessPath) -> Guard:
        """Return where a function of the plugin does not fail for what it imports."""
        match self._names.resolve(path):
            case (Linked(thing=FunctionThing(unit)),):
                needed = tuple(self._needed(self._names.module_of[unit], unit))
                return conjunction(needed) if 0 < len(needed) <= _MAX_IMPORTS else Unknown(path.text())
            case _:
                return Unknown(path.text())

    def _importable(self, module: str) -> Guard:
        """Return where importing a module of the plugin does not fail for what it imports in turn."""
        needed: dict[Guard, None] = {}
        for name in self._imported_with(module):
            needed.update(dict.fromkeys(self._needed(self._names.modules[name], name)))
            if len(needed) > _MAX_IMPORTS:
                return Unknown(f"import {module}")
        return conjunction(needed)

    def _needed(self, record: FileRecord, unit: str) -> Iterator[Guard]:
        """Yield for each import of vLLM in a unit where it does not fail, or is not reached."""
        for use in record.uses:
            if isinstance(use, RawImport) and use.unit == unit and not use.caught and use.name != "*":
                dotted = use.module if use.name is None else f"{use.module}.{use.name}"
                if self._names.in_engine(AccessPath(dotted)) and dotted != ENGINE:
                    reached = self._conditions.guard(record, use.guard)
                    yield disjunction((negation(reached), Exists(AccessPath(dotted))))

    def _imported_with(self, module: str) -> Iterator[str]:
        """Yield the modules of the plugin whose import importing `module` brings about."""
        seen: set[str] = set()
        todo = [module]
        while todo:
            name = todo.pop()
            if name in seen or name not in self._names.modules:
                continue
            seen.add(name)
            yield name
            todo += parents(name)
            for use in self._names.modules[name].uses:
                if isinstance(use, RawImport) and use.unit == name and not use.caught and use.guard == 0:
                    todo.append(use.module)
                    if use.name is not None:
                        todo.append(f"{use.module}.{use.name}")
