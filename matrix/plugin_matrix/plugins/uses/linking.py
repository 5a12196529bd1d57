"""From what each file says to what the plugin asks of vLLM: edges between its units, and uses."""

from collections.abc import Iterable
from typing import TypedDict

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.model.signature import Signature
from plugin_matrix.plugins.uses.expressions import Expression, Function, Invoke, Ref, leaves
from plugin_matrix.plugins.uses.file_record import (
    FileRecord,
    RawAttribute,
    RawCall,
    RawClass,
    RawImport,
    RawPatch,
    RawRegistration,
    RawSuper,
    RawText,
    RawUse,
)
from plugin_matrix.plugins.uses.guards import ALWAYS, NEVER, conjunction
from plugin_matrix.plugins.uses.names import Names
from plugin_matrix.plugins.uses.parts import NO_PART, Parts
from plugin_matrix.plugins.uses.provided import Provided
from plugin_matrix.plugins.uses.records import (
    All,
    Attribute,
    Call,
    Edge,
    Exists,
    Guard,
    Import,
    Method,
    Not,
    OwnAttribute,
    Patch,
    Place,
    PluginClass,
    QualnameText,
    Registration,
    SourceUses,
    SuperCall,
    Unseen,
    Use,
)
from plugin_matrix.plugins.uses.registry import registers_model
from plugin_matrix.plugins.uses.things import (
    ClassThing,
    EngineThing,
    FunctionThing,
    InstanceThing,
    Linked,
    ModuleThing,
    parents,
)

_CONSTRUCTION = ("__new__", "__init__", "__post_init__")
_NO_NAMES: frozenset[str] = frozenset()
_HOOKED = "it hooks into Python's imports (sys.meta_path), and what that does to modules was not followed"


class _Common(TypedDict):
    unit: str
    part: str
    place: Place
    guard: Guard
    caught: frozenset[str]
    fallback: bool


def link(records: Iterable[FileRecord]) -> SourceUses:
    """Return what the files of a plugin ask of vLLM, names of one followed into the others."""
    everything = list(records)
    readable = [record for record in everything if not record.problem]
    return _Linking(readable).result(
        tuple(
            Unseen(record.file, record.problem or _HOOKED)
            for record in everything
            if record.problem or record.hooks_imports
        )
    )


class _Linking:
    def __init__(self, records: list[FileRecord]) -> None:
        self._records = records
        self._names = Names(records)
        self._provided = Provided(records, self._names)
        self._parts = Parts(records, self._names)
        self._within = NO_PART
        self._edges: dict[tuple[str, str, Guard, frozenset[str]], None] = {}
        self._uses: dict[Use, None] = {}
        self._stored = frozenset(name for record in records for name in record.stored)
        self._record = records[0] if records else FileRecord("", "", is_package=False)
        self._guards: dict[int, Guard] = {}

    def result(self, unseen: tuple[Unseen, ...]) -> SourceUses:
        classes: dict[str, PluginClass] = {}
        for record in self._records:
            self._record, self._guards = record, {}
            self._package_edges(record)
            for cls in record.classes:
                classes[cls.id] = self._class(cls)
            for use in record.uses:
                self._within = NO_PART
                if use.guard and use.unit in self._parts:
                    self._within = self._parts.within(use.unit, use.guard)
                guard = self._guard(use.guard) if self._within is NO_PART else self._guard_in_part(use)
                if guard != NEVER:
                    self._link(use, guard)
        for edge in self._parts.edges():
            self._edge(edge.source, edge.target, edge.guard, edge.caught)
        uses = tuple(use for use in self._uses if not self._provided.covers(use))
        return SourceUses(
            units=self._names.units,
            edges=tuple(Edge(*edge) for edge in self._edges),
            uses=uses,
            parts=self._parts.result(),
            classes=classes,
            unseen=unseen,
            files=sum(record.file != record.module for record in self._records),
        )

    # -------------------------------------------------------- guards and edges

    def _guard(self, position: int) -> Guard:
        if position == 0:
            return ALWAYS
        found = self._guards.get(position)
        if found is None:
            node = self._record.guards[position]
            found = conjunction((self._guard(node.parent), self._names.conditions.truth(node.test)))
            self._guards[position] = found
        return found

    def _guard_in_part(self, use: RawUse) -> Guard:
        entry, rest = self._parts.guard(use.unit, use.guard, self._within)
        return conjunction((self._guard(entry), rest))

    def _under(self, guard: Guard, tests: tuple[Expression, ...]) -> Guard:
        if not tests:
            return guard
        return conjunction((guard, *map(self._names.conditions.truth, tests)))

    def _package_edges(self, record: FileRecord) -> None:
        for parent in parents(record.module):
            if parent in self._names.modules:
                self._edge(record.module, parent, ALWAYS, _NO_NAMES)

    def _edge(self, source: str, target: str, guard: Guard, caught: frozenset[str]) -> None:
        if source != target and guard != NEVER:
            self._edges[source, target, guard, caught] = None

    def _run(self, use: RawUse, target: str, guard: Guard) -> None:
        self._edge(self._within.id or use.unit, target, guard, self._record.caught[use.caught])

    def _place(self, line: int) -> Place:
        return Place(self._record.file, line)

    def _add(self, use: Use) -> None:
        if use.guard != NEVER:
            self._uses[use] = None

    # -------------------------------------------------------- uses

    def _link(self, use: RawUse, guard: Guard) -> None:
        match use:
            case RawImport():
                self._import(use, guard)
            case RawAttribute(path=path):
                for one in self._names.resolve(path):
                    self._attribute(use, one, self._under(guard, one.tests))
            case RawCall(path=path):
                for one in self._names.resolve(path):
                    self._call(use, one, self._under(guard, one.tests))
            case RawSuper():
                self._super(use, guard)
            case RawPatch():
                self._patch(use, guard)
            case RawText():
                self._text(use, guard)
            case RawRegistration():
                self._registration(use, guard)

    def _import(self, use: RawImport, guard: Guard) -> None:
        names = self._names
        for module in (*parents(use.module), use.module):
            if module in names.modules:
                self._run(use, module, guard)
        if use.name not in {None, "*"} and f"{use.module}.{use.name}" in names.modules:
            record = names.modules.get(use.module)
            submodule = Ref(AccessPath(f"{use.module}.{use.name}"))
            bound = submodule if record is None else record.bindings.get(str(use.name), submodule)
            if any(leaf == submodule for _, leaf in leaves(bound)):
                self._run(use, f"{use.module}.{use.name}", guard)
        if names.in_engine(AccessPath(use.module)):
            name = use.name
            if name is not None and not names.in_engine(AccessPath(f"{use.module}.{name}")):
                return
            self._add(Import(**self._common(use, guard), module=use.module, name=name))

    def _common(self, use: RawUse, guard: Guard) -> _Common:
        return _Common(
            unit=use.unit,
            part=self._within.id,
            place=self._place(use.line),
            guard=guard,
            caught=self._record.caught[use.caught],
            fallback=use.fallback,
        )

    def _attribute(self, use: RawAttribute, linked: Linked, guard: Guard) -> None:
        for unit in linked.runs:
            self._run(use, unit, guard)
        thing = linked.thing
        if not isinstance(thing, EngineThing):
            return
        path = _without_tail(thing.path)
        if thing.own is not None and (not thing.beyond or not thing.certain or path.steps == ()):
            self._own(use, thing.own, guard)
        elif not self._attached(path):
            self._add(Attribute(**self._common(use, guard), path=path))

    def _own(self, use: RawAttribute | RawCall, own: tuple[str, str], guard: Guard) -> None:
        owner, name = own
        if name in self._stored:
            return
        shape = use.shape if isinstance(use, RawCall) and use.path.steps[-1:] == (f".{name}",) else None
        if isinstance(use, RawCall) and not use.path.steps and use.path.root.endswith(f".{name}"):
            shape = use.shape
        self._add(OwnAttribute(**self._common(use, guard), owner=owner, name=name, shape=shape))

    def _call(self, use: RawCall, linked: Linked, guard: Guard) -> None:
        for unit in linked.runs:
            self._run(use, unit, guard)
        match linked.thing:
            case FunctionThing(unit):
                self._run(use, unit, guard)
                self._parts.note(use, unit, self._within, guard, self._record.caught[use.caught])
            case ClassThing(path):
                self._construct(use, path, guard)
            case InstanceThing(path):
                self._run_method(use, path, "__call__", guard)
            case EngineThing(path, own, beyond, certain):
                if own is not None and (not beyond or not certain):
                    self._own(use, own, guard)
                elif not self._attached(path):
                    self._add(Call(**self._common(use, guard), path=path, shape=use.shape))
            case _:
                pass

    def _construct(self, use: RawCall, path: str, guard: Guard) -> None:
        names = self._names
        defined = [self._run_method(use, path, name, guard) for name in _CONSTRUCTION]
        lineage = [names.classes[cls] for cls in names.lineage(path)]
        if any(defined[:2]) or any(cls.dataclass or cls.dynamic for cls in lineage):
            return
        engine, certain = names.engine_bases(path)
        if certain:
            self._add(Call(**self._common(use, guard), path=engine[0], shape=use.shape))

    def _run_method(self, use: RawUse, path: str, name: str, guard: Guard) -> bool:
        for cls in self._names.lineage(path):
            method = self._names.method(cls, name)
            if method is not None:
                self._run(use, method.unit, guard)
                return True
        return False

    def _super(self, use: RawSuper, guard: Guard) -> None:
        owner = self._names.class_ids.get(use.owner)
        if owner is None:
            return
        for path in self._names.lineage(owner.path)[1:]:
            method = self._names.method(path, use.method)
            if method is not None:
                self._run(use, method.unit, guard)
                return
            if use.method in self._names.classes[path].attributes:
                return
        engine, _ = self._names.engine_bases(owner.path)
        if engine:
            self._add(
                SuperCall(**self._common(use, guard), owner=use.owner, method=use.method, shape=use.shape)
            )

    # -------------------------------------------------------- patches and texts

    def _patch(self, use: RawPatch, guard: Guard) -> None:
        base, name = split(use.path)
        if base is None:
            return
        for one in self._names.resolve(base):
            thing = one.thing
            if not isinstance(thing, EngineThing) or thing.path.steps:
                continue
            where = self._under(guard, one.tests)
            path = thing.path.attribute(name)
            signature, method = self._replacement(use.value)
            optional = use.optional or _asks_absence(where, path)
            self._add(
                Patch(
                    **self._common(use, where),
                    path=path,
                    replacement=signature,
                    replaces_method=method,
                    optional=optional,
                )
            )

    def _replacement(self, value: Expression | None) -> tuple[Signature | None, bool]:
        match value:
            case Function(unit):
                return self._names.units[unit].signature, False
            case Ref(path):
                match self._names.resolve(path):
                    case (Linked(FunctionThing(unit)),):
                        body = self._names.functions[unit]
                        if not body.plain and body.binding == "function":
                            return None, False
                        owner = self._names.units[unit].owner is not None
                        return self._names.units[unit].signature, owner and body.binding != "staticmethod"
                    case _:
                        return None, False
            case Invoke(Ref(AccessPath("builtins.staticmethod" | "builtins.classmethod")), (inner, *_)):
                return self._replacement(inner)
            case _:
                return None, False

    def _text(self, use: RawText, guard: Guard) -> None:
        path = use.path
        match self._names.resolve(path):
            case (Linked(ClassThing(dotted) | ModuleThing(dotted)),):
                path = AccessPath(dotted)
            case (Linked(FunctionThing(unit)),):
                path = AccessPath(unit.replace(":", ".", 1))
            case (Linked(EngineThing(engine, None)),):
                path = engine
            case _:
                pass
        absent = self._names.lacks(use.path)
        common = self._common(use, guard)
        self._add(QualnameText(**common, text=use.text, path=path, purpose=use.purpose, absent=absent))

    def _registration(self, use: RawRegistration, guard: Guard) -> None:
        for one in self._names.resolve(use.function):
            if not isinstance(one.thing, EngineThing) or not registers_model(one.thing.path):
                continue
            self._add(
                Registration(
                    **self._common(use, self._under(guard, one.tests)),
                    architecture=use.architecture,
                    cls=self._own_class(use.model),
                    text=use.text,
                )
            )

    def _own_class(self, path: AccessPath | None) -> str | None:
        match self._names.resolve(path) if path is not None else ():
            case (Linked(ClassThing(dotted), ()),):
                return self._names.classes[dotted].id
            case _:
                return None

    def _attached(self, path: AccessPath) -> bool:
        return self._provided.attached(path, self._record.module)

    # -------------------------------------------------------- classes

    def _class(self, cls: RawClass) -> PluginClass:
        return PluginClass(
            id=cls.id,
            place=self._place(cls.line),
            unit=cls.unit,
            guard=self._guard(cls.guard),
            bases=tuple(map(_base_path, self._names.bases(cls.path))),
            methods={
                method.name: Method(
                    method.unit, method.signature, method.decorators, self._place(method.line)
                )
                for method in cls.methods
            },
            attributes=frozenset(cls.attributes) | self._names.attached(cls.path),
            fields=cls.fields,
            dataclass=cls.dataclass,
            kw_only=cls.kw_only,
            dynamic=cls.dynamic,
            decorators=cls.decorators,
        )


def _base_path(base: ClassThing | EngineThing | str | None) -> AccessPath | None:
    match base:
        case ClassThing(path):
            return AccessPath(path)
        case EngineThing(path):
            return path
        case str():
            return AccessPath(base)
        case None:
            return None


def split(path: AccessPath) -> tuple[AccessPath | None, str]:
    """Return what the last attribute of `path` is an attribute of, and its name."""
    if path.steps:
        return AccessPath(path.root, path.steps[:-1]), path.steps[-1].removeprefix(".")
    base, _, name = path.root.rpartition(".")
    return (AccessPath(base) if base else None), name


def _without_tail(path: AccessPath) -> AccessPath:
    while path.steps and path.steps[-1][0] != ".":
        path = AccessPath(path.root, path.steps[:-1])
    return path


def _asks_absence(guard: Guard, path: AccessPath) -> bool:
    parts = guard.guards if isinstance(guard, All) else (guard,)
    return Not(Exists(path)) in parts
