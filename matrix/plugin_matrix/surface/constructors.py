"""What a class takes when it is called: its own `__init__` or `__new__`, or what its fields make of it."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from plugin_matrix.model.signature import Kind, Parameter, Signature
from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import ClassAt, FunctionAt
from plugin_matrix.surface.bases import Place, place_of, union
from plugin_matrix.surface.classes import Classes, decorators_known
from plugin_matrix.surface.externals import canonical, external_class
from plugin_matrix.surface.names import effective
from plugin_matrix.surface.pieces import External, groups
from plugin_matrix.surface.records import AttributeRecord, FunctionRecord, Mark, Record

Order = tuple[ClassAt | str, ...]
_Having = Callable[[ClassAt], Mask]
"""The releases on which a class has fields that count."""
Constructors = tuple[tuple[Mask, Signature | None], ...]

_NOTHING = Signature(())
_ANYTHING = Signature((Parameter("args", Kind.VAR_POSITIONAL), Parameter("kwargs", Kind.VAR_KEYWORD)))
_KEYWORDS = Signature((Parameter("data", Kind.VAR_KEYWORD),))
_POSITIONAL = Signature((Parameter("args", Kind.VAR_POSITIONAL),))
_ENUM = Signature((Parameter("value"), Parameter("values", Kind.VAR_POSITIONAL)))
_DATACLASSES = frozenset({"dataclasses.dataclass", "pydantic.dataclasses.dataclass"})
_CHANGES_CALL = frozenset({"support_torch_compile", "strict"})
"""Decorators that give the class an `__init__` of their own (`vllm/compilation/decorators.py`)."""


class Field(msgspec.Struct, frozen=True):
    """A field as the constructor sees it."""

    parameter: Parameter
    init: bool = True


class Constructing:
    """Signatures of constructors."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.names = classes.names

    def constructor(self, place: Place) -> Constructors:
        """Return what a call of the class takes, on the releases that have it."""
        return self.classes.memo.get(("constructor", place), lambda: self._constructor(place), ())

    def _constructor(self, place: Place) -> Constructors:
        found: dict[Signature | None, Mask] = {}
        for mask, order in self.classes.bases.orders(place):
            for part, signature in self._of_order(order, mask):
                found[signature] = found.get(signature, 0) | part
        return tuple((mask, signature) for signature, mask in found.items() if mask)

    def _of_order(self, order: Order, mask: Mask) -> list[tuple[Mask, Signature | None]]:
        parts: list[tuple[Mask, Signature | None]] = []
        left = mask
        for position, base in enumerate(order):
            if not left:
                return parts
            if isinstance(base, str):
                known = external_class(base)
                if known is None:
                    return [*parts, (left, None)]
                if known.makes == "object":
                    continue
                return [*parts, *self._made(known.makes, order, left)]
            for part, signature in self._own(base, order[position:], left):
                parts.append((part, signature))
                left &= ~part
        return [*parts, (left, _NOTHING)]

    def _own(self, cls: ClassAt, order: Order, mask: Mask) -> list[tuple[Mask, Signature | None]]:
        """Return what the class itself says of its construction, bases left out."""
        if any(
            keyword.startswith("metaclass=") and not keyword.endswith(("ABCMeta", "EnumMeta"))
            for keyword in cls.record.keywords
        ):
            return [(mask, None)]
        if not decorators_known(cls.record) or any(
            decorator.rpartition(".")[2] in _CHANGES_CALL for decorator in cls.record.decorators
        ):
            return [(mask, None)]
        parts: list[tuple[Mask, Signature | None]] = []
        made_by = {
            name: {
                part: _bound(effective(records, typing=False))
                for part, records in groups(self.classes.member(place_of(cls), name), mask)
                if effective(records, typing=False)
            }
            for name in ("__init__", "__new__")
        }
        left = mask
        for part, signature in made_by["__init__"].items():
            parts.append((part, signature))
            left &= ~part
        # Where a class has both, `__new__` is called first with the same arguments; most pass everything on.
        for part, signature in made_by["__new__"].items():
            if part & left:
                parts.append((part & left, signature))
                left &= ~part
            elif signature is None or not _takes_anything(signature):
                parts = [
                    piece
                    for held, init in parts
                    for piece in ((held & part, init if init == signature else None), (held & ~part, init))
                    if piece[0]
                ]
        dataclass = left & self.dataclass(cls)
        if dataclass and "init=False" not in cls.record.keywords:
            parts += self._fields(order, dataclass, self.dataclass)
        return parts

    # ------------------------------------------------------------ made of fields

    def dataclass(self, cls: ClassAt) -> Mask:
        """Return the releases on which the class is a dataclass of its own (pydantic's and vLLM's count)."""
        return self.classes.memo.get(("dataclass", cls), lambda: self._dataclass(cls), 0)

    def _dataclass(self, cls: ClassAt) -> Mask:
        mask = 0
        for decorator in cls.record.decorators:
            for piece in self.names.in_scope(cls.module, "", decorator):
                match piece.thing:
                    case External(path=path) if canonical(path) in _DATACLASSES:
                        mask |= piece.mask
                    case FunctionAt(qualname="config", module=module) if module.startswith("vllm.config"):
                        mask |= piece.mask
                    case _:
                        pass
        return mask

    def _made(  # noqa: PLR0911 - one return per kind
        self, makes: str, order: Order, mask: Mask
    ) -> list[tuple[Mask, Signature | None]]:
        match makes:
            case "module":
                return [(mask, _NOTHING)]
            case "exception":
                return [(mask, _POSITIONAL)]
            case "enum":
                return [(mask, _ENUM)]
            case "pydantic":
                return [(mask, _KEYWORDS)]
            case "typed dict":
                return [(mask, _ANYTHING)]
            case "named tuple":
                return self._fields(order, mask, self._derives("typing.NamedTuple"))
            case "struct":
                return self._fields(order, mask, self._derives("msgspec.Struct"))
            case _:
                return [(mask, None)]

    def _derives(self, path: str) -> _Having:
        def having(cls: ClassAt) -> Mask:
            return union(mask for mask, line in self.classes.bases.lines(place_of(cls)) if path in line)

        return having

    def _fields(self, order: Order, mask: Mask, having: _Having) -> list[tuple[Mask, Signature | None]]:
        """Return the constructors that the fields make of all classes in `order` that are `having` them."""
        classes = [base for base in order if isinstance(base, ClassAt)]
        for base in order:
            known = external_class(base) if isinstance(base, str) else None
            if isinstance(base, str) and known is None:
                return [(mask, None)]
        parts: list[tuple[Mask, tuple[tuple[str, Field], ...]]] = [(mask, ())]
        for cls in reversed(classes):
            held = having(cls) & mask
            keyword_only = "kw_only=True" in cls.record.keywords
            if not held:
                continue
            for name in cls.record.fields:
                variants = list(groups(self.classes.member(place_of(cls), name), held))
                stated = [
                    (part, _field(name, records, keyword_only=keyword_only)) for part, records in variants
                ]
                parts = [
                    (part & where, _with(fields, name, field) if field else fields)
                    for part, fields in parts
                    for where, field in (*stated, (~union(where for where, _ in stated), None))
                    if part & where
                ]
        found: dict[Signature, Mask] = {}
        for part, fields in parts:
            signature = _signature(field for _, field in fields)
            found[signature] = found.get(signature, 0) | part
        return [(part, signature) for signature, part in found.items()]


def _bound(records: Sequence[Record]) -> Signature | None:
    """Return what an `__init__` or `__new__` takes after `self`; None where alternatives differ."""
    signatures = {
        record.signature.bound()
        if isinstance(record, FunctionRecord) and not record.marks & (Mark.OPAQUE | Mark.OVERLOAD)
        else None
        for record in records
    }
    return signatures.pop() if len(signatures) == 1 else None


def _takes_anything(signature: Signature) -> bool:
    kinds = {parameter.kind for parameter in signature.parameters}
    return {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD} <= kinds


def _field(name: str, records: Iterable[Record], *, keyword_only: bool) -> Field | None:
    for record in records:
        if not isinstance(record, AttributeRecord) or record.marks & (Mark.CLASS_VAR | Mark.INSTANCE):
            continue
        kind = (
            Kind.KEYWORD_ONLY if keyword_only or record.marks & Mark.KW_ONLY else Kind.POSITIONAL_OR_KEYWORD
        )
        parameter = Parameter(name, kind, bool(record.marks & Mark.HAS_VALUE), record.annotation)
        return Field(parameter, init=not record.marks & Mark.NO_INIT)
    return None


def _with(fields: tuple[tuple[str, Field], ...], name: str, field: Field) -> tuple[tuple[str, Field], ...]:
    """Return `fields` with one more; one that a base has too keeps its place."""
    named = dict(fields)
    named[name] = field
    return tuple(named.items())


def _signature(fields: Iterable[Field]) -> Signature:
    parameters = [field.parameter for field in fields if field.init]
    return Signature(tuple(sorted(parameters, key=lambda parameter: parameter.kind)))
