"""PM303, PM405 and PM406: what plugin classes take from the base classes they inherit."""

from collections.abc import Iterator

from plugin_matrix.model.signature import Kind, Signature
from plugin_matrix.model.version_set import Mask
from plugin_matrix.model.witness import DeriveDataclass, LookUp
from plugin_matrix.plugins.uses.records import OwnAttribute, Patch, SourceUses, SuperCall
from plugin_matrix.rules.static.asking import Surface, known, lacking, newest
from plugin_matrix.rules.static.calls import Misfit, Taken, misfits, takes
from plugin_matrix.rules.static.families import Families, Family
from plugin_matrix.rules.static.trouble import Home, Raised, Trouble
from plugin_matrix.surface.answers import Answer, FunctionAt, Missing

_OWN_CLASS_FIRST = {"__new__", "__init_subclass__", "__class_getitem__"}
"""Methods whose first argument is passed by hand or by Python."""


class Inherited:
    """Judges `self.x`, `super().x()` and the fields of dataclasses."""

    def __init__(self, uses: SourceUses, surface: Surface, mask: Mask, families: Families) -> None:
        self._uses = uses
        self._surface = surface
        self._mask = mask
        self._families = families
        self._set = {
            use.path.steps[-1].lstrip(".") if use.path.steps else use.path.root.rpartition(".")[2]
            for use in uses.uses
            if isinstance(use, Patch)
        }
        self._heirs: dict[str, list[Family]] = {}
        for family in families:
            for ancestor in family.chain[1:]:
                self._heirs.setdefault(ancestor.id, []).append(family)

    def troubles(self) -> Iterator[Trouble]:
        """Yield what the base classes do not give."""
        for use in self._uses.uses:
            match use:
                case OwnAttribute() if use.owner in self._uses.classes:
                    yield from self._own(use, self._families.of(use.owner))
                case SuperCall() if use.owner in self._uses.classes:
                    yield from self._super(use, self._families.of(use.owner))
                case _:
                    pass
        for family in self._families:
            if family.ours and family.cls.dataclass and not family.cls.kw_only:
                yield from self._field_order(family)

    def _own(self, use: OwnAttribute, family: Family) -> Iterator[Trouble]:
        heirs = self._heirs.get(use.owner, ())
        if (
            not family.ours
            or family.open
            or family.dynamic
            or use.name in self._set
            or family.defines(use.name)
            or any(heir.open or heir.dynamic or heir.defines(use.name) for heir in heirs)
        ):
            return
        members = self._families.members(family, use.name, self._surface.axis.all)
        yield from self._lost(use, family, use.name, "PM405", members)
        if use.shape is not None:
            yield from self._unfit(use, family, use.name, "PM301", misfits(self._takes(members), use.shape))

    def _super(self, use: SuperCall, family: Family) -> Iterator[Trouble]:
        first = family.cls.bases[0] if family.cls.bases else None
        if (
            not family.ours
            or use.method in _OWN_CLASS_FIRST
            or any(use.method in one.methods or use.method in one.attributes for one in family.chain[1:])
            or (family.open and (first is None or first.root.split(".", 1)[0] != "vllm"))
            or any(len(one.bases) > 1 for heir in self._heirs.get(use.owner, ()) for one in heir.chain)
        ):
            return
        members = self._families.members(family, use.method, self._surface.axis.all)
        if use.method == "__init__":
            if use.shape is not None:
                taken = tuple(self._constructors(family, members))
                yield from self._unfit(use, family, use.method, "PM406", misfits(taken, use.shape))
            return
        if not use.method.startswith("__"):
            yield from self._lost(use, family, use.method, "PM406", members)
        if use.shape is not None:
            yield from self._unfit(use, family, use.method, "PM406", misfits(self._takes(members), use.shape))

    def _takes(self, members: tuple[Answer, ...]) -> tuple[Taken, ...]:
        return tuple(takes(self._surface, tuple(a for a in members if isinstance(a.thing, FunctionAt))))

    def _constructors(self, family: Family, members: tuple[Answer, ...]) -> Iterator[Taken]:
        """Yield what `__init__` takes; where a dataclass makes it there is no function to be found."""
        written = 0
        for taken in self._takes(members):
            written |= taken.mask
            yield taken
        if len(family.bases) != 1 or family.open:
            return
        for base in family.forms[0]:
            if _is_dataclass(base.cls.record.decorators) and base.mask & ~written:
                for mask, signature in self._surface.constructor(base.cls, base.mask & ~written):
                    if signature is not None:
                        yield Taken(mask, "PM406", base.cls.path, signature)

    def _lost(
        self, use: OwnAttribute | SuperCall, family: Family, name: str, rule: str, members: tuple[Answer, ...]
    ) -> Iterator[Trouble]:
        lost = 0
        missing: Missing | None = None
        for mask, thing in lacking(members):
            lost |= mask
            missing = thing
        before = newest(known(members))
        if before is None or missing is None or not lost & self._mask:
            return  # what no release has is set from elsewhere
        yield Trouble(
            rule=rule,
            subject=family.base_path(name),
            node=use.node,
            place=use.place,
            guard=use.guard,
            mask=lost & self._mask,
            raised=Raised.NO_ATTRIBUTE,
            caught=use.caught,
            fallback=use.fallback,
            symbol=f"super().{name}" if isinstance(use, SuperCall) else f"self.{name}",
            home=Home(missing, before),
            program=LookUp(_plain(family), name, instance=True),
        )

    def _unfit(
        self, use: OwnAttribute | SuperCall, family: Family, name: str, rule: str, found: tuple[Misfit, ...]
    ) -> Iterator[Trouble]:
        total = 0
        for one in found:
            total |= one.mask
        receiver = "super()" if isinstance(use, SuperCall) else "self"
        for one in found:
            if one.mask & self._mask and use.shape is not None:
                yield Trouble(
                    rule=rule,
                    subject=family.base_path(name),
                    node=use.node,
                    place=use.place,
                    guard=use.guard,
                    mask=one.mask & self._mask,
                    raised=Raised.TYPE,
                    caught=use.caught,
                    fallback=use.fallback,
                    symbol=f"{receiver}.{name}{use.shape.text()}",
                    detail=one.reason,
                    also=total,
                    before=one.before,
                    after=one.after,
                    program=one.program(use.shape),
                )

    def _field_order(self, family: Family) -> Iterator[Trouble]:
        """Yield dataclasses whose own fields without default come to stand behind inherited ones with one."""
        broken = fine = 0
        culprit = ""
        for base in family.forms[0] if len(family.bases) == 1 and len(family.chain) == 1 else ():
            if not _is_dataclass(base.cls.record.decorators):
                continue
            for mask, signature in self._surface.constructor(base.cls, base.mask):
                if signature is None:
                    continue
                found = _out_of_order(signature, family.cls.fields)
                if found is None:
                    fine |= mask
                else:
                    broken |= mask
                    culprit = found
        if fine and broken & self._mask:
            yield Trouble(
                rule="PM303",
                subject=family.paths[0].text(),
                node=family.cls.unit,
                place=family.cls.place,
                guard=family.cls.guard,
                mask=broken & self._mask,
                raised=Raised.TYPE,
                symbol=f"class {family.cls.id.partition(':')[2]}",
                detail=f"non-default argument {culprit!r} follows default argument",
                program=DeriveDataclass(family.paths[0].root, family.cls.fields),
            )


def _plain(family: Family) -> tuple[str, ...]:
    """Return vLLM's bases as the plugin names them."""
    return tuple(path.root for path in family.paths)


def _is_dataclass(decorators: tuple[str, ...]) -> bool:
    return any(name.rpartition(".")[2] in {"dataclass", "config"} for name in decorators)


def _out_of_order(signature: Signature, fields: tuple[tuple[str, bool], ...]) -> str | None:
    inherited = [p for p in signature.parameters if p.kind <= Kind.POSITIONAL_OR_KEYWORD]
    default_seen = None
    redefined = dict(fields)
    for parameter in inherited:
        has_default = redefined.get(parameter.name, parameter.has_default)
        if default_seen and not has_default:
            return parameter.name
        default_seen = default_seen or has_default
    names = {p.name for p in signature.parameters}
    for name, has_default in fields:
        if name in names:
            continue
        if default_seen and not has_default:
            return name
        default_seen = default_seen or has_default
    return None
