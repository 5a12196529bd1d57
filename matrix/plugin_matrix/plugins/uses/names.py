"""Names of a plugin followed to where they come from: through its modules, classes and functions."""

import functools
from collections.abc import Iterable, Mapping

from plugin_matrix.model.access_path import CALL, INSTANCE, AccessPath
from plugin_matrix.plugins.uses.conditions import Conditions
from plugin_matrix.plugins.uses.expressions import (
    Either,
    Elements,
    Expression,
    Invoke,
    Member,
    Opaque,
    Ref,
    negated,
)
from plugin_matrix.plugins.uses.file_record import FileRecord, FunctionBody, RawClass, RawMethod
from plugin_matrix.plugins.uses.records import Unit
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

ENGINE = "vllm"
MAX_DEPTH = 24
MAX_THINGS = 8

_INERT = frozenset(
    {"abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
    | {"typing_extensions.Generic"}
)
"""Bases that give a class nothing that is asked for."""


class Names:
    """All modules of a plugin together."""

    def __init__(self, records: Iterable[FileRecord]) -> None:
        self.modules = {record.module: record for record in records}
        self.packages = frozenset(
            parent for name in self.modules for parent in parents(name) if parent not in self.modules
        )
        self.classes: dict[str, RawClass] = {}
        self.class_ids: dict[str, RawClass] = {}
        self.functions: dict[str, FunctionBody] = {}
        self.units: dict[str, Unit] = {}
        self.module_of: dict[str, FileRecord] = {}
        for record in self.modules.values():
            for unit in record.units:
                self.units[unit.id] = unit
                self.module_of[unit.id] = record
            self.classes.update((cls.path, cls) for cls in record.classes)
            self.class_ids.update((cls.id, cls) for cls in record.classes)
            self.functions.update((body.unit, body) for body in record.functions)
        self._definitions = {unit.replace(":", ".", 1): unit for unit in self.functions}
        self.overridden: set[str] = set()
        """Names of the plugin's modules that another module binds again."""
        self.conditions = Conditions(self)
        self._memo: dict[AccessPath, tuple[Linked, ...]] = {}
        self._roots: dict[str, tuple[Linked, ...]] = {}
        self._busy: set[object] = set()
        self._attached: dict[str, set[str]] = {}
        # Caches of the object's own, so that they go when the plugin is done with.
        self.lineage = functools.cache(self._find_lineage)
        self.bases = functools.cache(self._find_bases)
        self.methods = functools.cache(self._find_methods)

    def forget(self) -> None:
        """Forget what was resolved before it was known which names are bound again from outside."""
        self._memo.clear()
        self._roots.clear()
        self.conditions = Conditions(self)

    # -------------------------------------------------------- paths

    def resolve(self, path: AccessPath) -> tuple[Linked, ...]:
        """Return what `path` may lead to; nothing where that cannot be told."""
        found = self._memo.get(path)
        if found is not None:
            return found
        if path in self._busy or len(self._busy) > MAX_DEPTH:
            return ()
        self._busy.add(path)
        try:
            if path.steps:
                shorter = AccessPath(path.root, path.steps[:-1])
                found = self._stepped(self.resolve(shorter), path.steps[-1])
            else:
                found = self._root(path.root)
        finally:
            self._busy.discard(path)
        self._memo[path] = found
        return found

    def _stepped(self, before: tuple[Linked, ...], step: str) -> tuple[Linked, ...]:
        found = [
            Linked(after.thing, (*one.tests, *after.tests), (*one.runs, *after.runs))
            for one in before
            for after in self._step(one.thing, step)
        ]
        return tuple(found) if len(found) <= MAX_THINGS else ()

    def _step(self, thing: Thing, step: str) -> tuple[Linked, ...]:
        if isinstance(thing, EngineThing):
            longer = thing.path.attribute(step[1:]) if step[0] == "." else thing.path.step(step)
            return (Linked(EngineThing(longer, thing.own, beyond=True, certain=thing.certain)),)
        if step[0] == ".":
            return self.attribute(thing, step[1:])
        match step, thing:
            case (("()" | "@"), ClassThing(path)):
                return (Linked(InstanceThing(path)),)
            case "()", FunctionThing(unit):
                return self._result(unit)
            case "[]", ValueThing(Elements(element)):
                return self.things(element)
            case _:
                return ()

    def _root(self, dotted: str) -> tuple[Linked, ...]:
        found = self._roots.get(dotted)
        if found is None:
            if dotted in self.modules or dotted in self.packages:
                found = (Linked(ModuleThing(dotted)),)
            elif dotted.partition(".")[0] == ENGINE and not self._overlaid(dotted):
                found = (Linked(EngineThing(AccessPath(dotted))),)
            elif "<locals>" in dotted or "#" in dotted:
                found = self._definition(dotted)
            if not found:
                parent, _, name = dotted.rpartition(".")
                found = self._stepped(self.resolve(AccessPath(parent)), f".{name}") if parent else ()
            self._roots[dotted] = found
        return found

    def _overlaid(self, dotted: str) -> bool:
        """Whether the plugin itself ships the part of `vllm` that `dotted` lies in."""
        return any(parent in self.modules for parent in parents(dotted)) or dotted in self.modules

    def _definition(self, dotted: str) -> tuple[Linked, ...]:
        if dotted in self.classes:
            return (Linked(ClassThing(dotted)),)
        unit = self._definitions.get(dotted)
        return (Linked(FunctionThing(unit)),) if unit is not None else ()

    def attribute(self, thing: Thing, name: str) -> tuple[Linked, ...]:
        """Return what the attribute `name` of something of the plugin may be."""
        match thing:
            case ModuleThing(module):
                return self._of_module(module, name)
            case ClassThing(path):
                return self._member(path, name, instance=False)
            case InstanceThing(path):
                return self._member(path, name, instance=True)
            case _:
                return ()

    def _of_module(self, module: str, name: str) -> tuple[Linked, ...]:
        dotted = f"{module}.{name}"
        record = self.modules.get(module)
        if record is not None and dotted not in self.overridden:
            bound = record.bindings.get(name)
            if bound is not None:
                return self._binding(bound, dotted)
        if dotted in self.modules or dotted in self.packages:
            return (Linked(ModuleThing(dotted)),)
        if record is None:
            return ()
        engine = [star for star in record.stars if self.in_engine(AccessPath(star))]
        for star in record.stars:
            if star not in engine and star != module and ("star", dotted) not in self._busy:
                self._busy.add(("star", dotted))
                found = self._of_module(star, name)
                self._busy.discard(("star", dotted))
                if found:
                    return found
        if len(engine) == 1 and not name.startswith("_"):
            return (Linked(EngineThing(AccessPath(f"{engine[0]}.{name}"))),)
        return ()

    def lacks(self, path: AccessPath) -> bool:
        """Whether `path` surely leads nowhere: a module of the plugin binds no such name."""
        if path.steps or path.root in self.modules or path.root in self.packages:
            return False
        module, _, name = path.root.rpartition(".")
        return module in self.modules and not self._may_bind(module, name, set())

    def _may_bind(self, module: str, name: str, seen: set[str]) -> bool:
        record = self.modules.get(module)
        if record is None or module in seen:
            return record is None
        seen.add(module)
        dotted = f"{module}.{name}"
        return (
            name in record.bindings
            or name in record.others
            or record.others == ("*",)
            or dotted in self.modules
            or dotted in self.packages
            or dotted in self.overridden
            or any(self._may_bind(star, name, seen) for star in record.stars)
        )

    def _binding(self, value: Expression, dotted: str) -> tuple[Linked, ...]:
        match value:
            case Ref(path) if path.root == dotted and not path.steps:
                return self._definition(dotted)
            case Either(test, then, other):
                return (
                    *(Linked(one.thing, (test, *one.tests), one.runs) for one in self._binding(then, dotted)),
                    *(
                        Linked(one.thing, (negated(test), *one.tests), one.runs)
                        for one in self._binding(other, dotted)
                    ),
                )
            case _:
                return self.things(value)

    def things(self, value: Expression) -> tuple[Linked, ...]:
        """Return what a symbolic value may lead to."""
        match value:
            case Ref(path):
                return self.resolve(path)
            case Either(test, then, other):
                return (
                    *(Linked(one.thing, (test, *one.tests), one.runs) for one in self.things(then)),
                    *(Linked(one.thing, (negated(test), *one.tests), one.runs) for one in self.things(other)),
                )
            case Invoke(Ref(path)):
                return self.resolve(path.step(CALL))
            case Invoke(Member(Elements(element), _)):
                return self.things(element)
            case Opaque():
                return ()
            case _:
                return (Linked(ValueThing(value)),)

    def _result(self, unit: str) -> tuple[Linked, ...]:
        body = self.functions[unit]
        if not body.plain:
            return ()
        if body.annotation is not None:
            return self.things(body.annotation)
        if len(body.returns) != 1:
            return ()
        return self.things(body.returns[0][1])

    # -------------------------------------------------------- classes

    def _find_lineage(self, path: str) -> tuple[str, ...]:
        """Return the plugin's classes that a class is made of, itself first, in the order of look-up."""
        found: dict[str, None] = {path: None}
        for base in self.bases(path):
            if isinstance(base, ClassThing) and base.path not in found:
                found.update(dict.fromkeys(self.lineage(base.path) if base.path != path else ()))
        return tuple(found)

    def _find_bases(self, path: str) -> tuple[ClassThing | EngineThing | str | None, ...]:
        """Return the bases of a class: the plugin's, vLLM's, others by name; None for unknown ones."""
        return tuple(self._base(base, path) for base in self.classes[path].bases)

    def _base(self, base: Expression | None, path: str) -> ClassThing | EngineThing | str | None:
        if isinstance(base, Ref) and not base.path.steps and not self.followed(base.path.root):
            return base.path.root
        if base is None or ("bases", path) in self._busy:
            return None
        self._busy.add(("bases", path))
        found = self.things(base)
        self._busy.discard(("bases", path))
        if len(found) != 1 or found[0].tests:
            return None
        match found[0].thing:
            case ClassThing() as cls:
                return None if cls.path == path or path in self._reachable(cls.path) else cls
            case EngineThing() as engine if not engine.path.steps:
                return engine
            case _:
                return None

    def _reachable(self, path: str) -> frozenset[str]:
        """Return the classes of the plugin that a class plainly names as bases, so that circles are seen."""
        seen: set[str] = set()
        todo = [path]
        while todo:
            cls = self.classes.get(todo.pop())
            for base in cls.bases if cls is not None else ():
                if isinstance(base, Ref) and base.path.root not in seen:
                    seen.add(base.path.root)
                    todo.append(base.path.root)
        return frozenset(seen)

    def followed(self, root: str) -> bool:
        """Whether a dotted name lies in vLLM or in the plugin."""
        head = root.partition(".")[0]
        return head == ENGINE or head in self.modules or head in self.packages

    def engine_bases(self, path: str) -> tuple[list[AccessPath], bool]:
        """Return the bases in vLLM at the roots of a class, and whether there is nothing unknown beside."""
        found: dict[AccessPath, None] = {}
        certain = True
        for cls in self.lineage(path):
            for base in self.bases(cls):
                if isinstance(base, EngineThing):
                    found[base.path] = None
                elif base is None or (isinstance(base, str) and base not in _INERT):
                    certain = False
        return list(found), certain and len(found) == 1

    def method(self, path: str, name: str) -> RawMethod | None:
        """Return the method `name` that a class defines itself."""
        return self.methods(path).get(name)

    def _find_methods(self, path: str) -> Mapping[str, RawMethod]:
        return {method.name: method for method in self.classes[path].methods}

    @functools.cached_property
    def family(self) -> dict[str, frozenset[str]]:
        """Return all names bound by classes that may share an instance with a class: its heirs' bases too."""
        heirs: dict[str, set[str]] = {}
        for path in self.classes:
            for ancestor in self.lineage(path):
                heirs.setdefault(ancestor, set()).update(self.lineage(path))
        return {
            path: frozenset(
                name
                for member in members
                for name in (*self.methods(member), *self.classes[member].attributes, *self.attached(member))
            )
            for path, members in heirs.items()
        }

    def attached(self, path: str) -> frozenset[str]:
        """Return the names that are set on a class or its instances from outside."""
        return frozenset(self._attached.get(path, ()))

    def attach(self, path: str, name: str) -> None:
        """Note that an attribute is set on a class, or an instance of it, from outside."""
        self._attached.setdefault(path, set()).add(name)

    def _member(self, path: str, name: str, *, instance: bool) -> tuple[Linked, ...]:  # noqa: PLR0911 - one return per kind
        for cls_path in self.lineage(path):
            cls = self.classes[cls_path]
            method = self.method(cls_path, name)
            if method is not None:
                body = self.functions.get(method.unit)
                if body is None:
                    return ()
                if body.is_property and instance:
                    results = self._result(method.unit) or (Linked(ValueThing(Opaque())),)
                    return tuple(Linked(one.thing, one.tests, (method.unit, *one.runs)) for one in results)
                return (Linked(FunctionThing(method.unit)),)
            value = cls.values.get(name)
            if value is not None:
                key = ("value", cls_path, name)
                if key in self._busy:
                    return ()
                self._busy.add(key)
                found = self.things(value)
                self._busy.discard(key)
                return found
            if name in cls.attributes or name in self.attached(cls_path):
                return ()
        engine, certain = self.engine_bases(path)
        if not engine or name in self.family.get(path, frozenset()) or (name[:2] == name[-2:] == "__"):
            return ()
        base = engine[0].step(INSTANCE) if instance else engine[0]
        return (Linked(EngineThing(base.attribute(name), (self.classes[path].id, name), certain=certain)),)

    # -------------------------------------------------------- what conditions ask

    def value(self, path: AccessPath) -> Expression | None:
        """Return the value that a name of the plugin is bound to, as far as it is known."""
        if self.in_engine(path):
            return None
        found = self.resolve(path)
        result: Expression | None = None
        for one in reversed(found):
            match one.thing:
                case ValueThing(leaf):
                    pass
                case EngineThing(engine):
                    leaf = Ref(engine)
                case _:
                    return None
            if leaf == Ref(path):
                return None
            result = leaf if result is None or not one.tests else Either(one.tests[-1], leaf, result)
        return result

    def is_definition(self, path: AccessPath) -> bool:
        """Whether `path` leads to a module, class or function of the plugin."""
        found = self.resolve(path)
        return bool(found) and all(
            isinstance(one.thing, ModuleThing | FunctionThing | ClassThing | InstanceThing) for one in found
        )

    def in_engine(self, path: AccessPath) -> bool:
        """Whether `path` begins in vLLM."""
        return path.root.partition(".")[0] == ENGINE and not self._overlaid(path.root)

    def function(self, path: AccessPath) -> FunctionBody | None:
        """Return the one function of the plugin that `path` leads to."""
        match self.resolve(path):
            case (Linked(FunctionThing(unit), ()),):
                return self.functions.get(unit)
            case _:
                return None

    def guard_tests(self, body: FunctionBody, guard: int) -> tuple[Expression, ...]:
        """Return the conditions between the beginning of a function and a guard inside it."""
        nodes = self.module_of[body.unit].guards
        tests: list[Expression] = []
        while guard not in {body.entry, 0}:
            tests.append(nodes[guard].test)
            guard = nodes[guard].parent
        return tuple(reversed(tests))
