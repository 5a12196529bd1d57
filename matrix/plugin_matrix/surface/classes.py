"""Classes of vLLM: their order of resolution, what stands in them, what they leave abstract."""

from collections.abc import Callable, Iterator

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import ClassAt, FunctionAt, Missing, Unclear, Value
from plugin_matrix.surface.externals import canonical, external_class, on_class
from plugin_matrix.surface.names import Names, certain, effective, marks_of
from plugin_matrix.surface.pieces import (
    External,
    Piece,
    Pieces,
    Variants,
    combined,
    covered,
    groups,
    merged,
    restrict,
    then,
)
from plugin_matrix.surface.records import AttributeRecord, ClassRecord, FunctionRecord, Mark, Record

Order = tuple["ClassAt | str", ...]
Orders = tuple[tuple[Mask, Order], ...]
"""Orders of resolution by release; a string is a class outside vLLM. `object` is left out."""

_TRANSPARENT_TEXT = """
    dataclass config support_torch_compile runtime_checkable final register register_processor
    register_module register_dummy_data register_input_processor register_image_input_mapper
    register_max_image_tokens register_max_multimodal_tokens register_input_mapper
    register_dummy_encoder_data register_omni_processor register_quantization_config
    register_weight_loader_v2_supported_method register_question_type default_pooling_type attn_type
    deprecated total_ordering unique bc_linter_include bc_linter_skip strict ignore_torch_compile
    warn_for_unimplemented_methods dataclass_transform
"""
_TRANSPARENT = frozenset(_TRANSPARENT_TEXT.split())
"""Last names of class decorators that add no members whose names the class does not show."""
_KNOWN_METACLASSES = frozenset({"type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"})


class Classes:
    """Classes and their members, followed along the method resolution order."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.memo = names.memo
        self._members: dict[str, dict[str, dict[str, Variants]]] = {}

    def span(self, cls: ClassAt) -> Mask:
        """Return the releases on which the class stands there as its record says."""
        return self.memo.get(("span", cls), lambda: self._span(cls), 0)

    def _span(self, cls: ClassAt) -> Mask:
        variants = self.names.symbols(cls.module, cls.qualname)
        return sum_masks(mask for mask, record in variants if record == cls.record)

    def own(self, cls: ClassAt) -> dict[str, Variants]:
        """Return what stands in the class itself, on whatever release."""
        return self.members_at(cls.module, cls.qualname)

    def members_at(self, module: str, qualname: str) -> dict[str, Variants]:
        """Return the members of the class of that name in a module, on whatever release."""
        by_class = self._members.get(module)
        if by_class is None:
            by_class = self._members[module] = {}
            surface = self.names.surface(module)
            for name, variants in surface.symbols.items() if surface else ():
                owner, dot, member = name.rpartition(".")
                if dot:
                    by_class.setdefault(owner, {})[member] = variants
        return by_class.get(qualname, {})

    # ------------------------------------------------------------ bases

    def orders(self, cls: ClassAt) -> Orders:
        """Return the method resolution order on every release that has the class in this form."""
        return self.memo.get(("mro", cls), lambda: self._orders(cls), ((self.span(cls), (cls, "?")),))

    def _orders(self, cls: ClassAt) -> Orders:
        parts: list[tuple[Mask, tuple[tuple[ClassAt | str, ...], ...]]] = [(self.span(cls), ())]
        for text in cls.record.bases:
            bases = self._base(cls, text)
            parts = [
                (part & mask, (*before, order))
                for part, before in parts
                for mask, order in bases
                if part & mask
            ]
        found: dict[Order, Mask] = {}
        for part, orders in parts:
            order = (cls, *linearized(orders))
            found[order] = found.get(order, 0) | part
        return tuple((mask, order) for order, mask in found.items())

    def _base(self, cls: ClassAt, text: str) -> list[tuple[Mask, Order]]:
        """Return the resolution orders of one base, on all releases."""
        owner = cls.qualname.rpartition(".")[0]
        orders: list[tuple[Mask, Order]] = []
        named = text.replace(".", "_").isidentifier()
        pieces = self.names.in_scope(cls.module, owner, text) if named else ()
        for piece in pieces:
            match piece.thing:
                case ClassAt() as base if base.path != cls.path:
                    within = self.orders(base)
                    orders += [(mask & piece.mask, order) for mask, order in within if mask & piece.mask]
                    left = piece.mask & ~sum_masks(mask for mask, _ in within)
                    orders.append((left, (text,)))
                case External(path=path):
                    orders.append((piece.mask, (canonical(path),)))
                case _:
                    # `collections.namedtuple(...)` makes a class in a module that need not import NamedTuple.
                    orders.append((piece.mask, ("typing.NamedTuple" if text == "NamedTuple" else text,)))
        left = self.names.axis.all & ~sum_masks(mask for mask, _ in orders)
        return [*orders, (left, (text,))]

    # ------------------------------------------------------------ members

    def find(self, cls: ClassAt, name: str, *, instance: bool) -> Pieces:
        """Return what the attribute is, on the releases that have the class in this form.

        `Missing` only where every base is known and the name existed on some other release: what never
        existed comes from elsewhere (a plugin gives it, code computes it) and is unclear.
        """
        return self.memo.get(
            ("find", cls, name, instance), lambda: self._find(cls, name, instance=instance), ()
        )

    def _find(self, cls: ClassAt, name: str, *, instance: bool) -> Pieces:
        pieces: list[Piece] = []
        for mask, order in self.orders(cls):
            left = mask
            for base in order:
                if not left:
                    break
                if isinstance(base, str):
                    known = external_class(base)
                    if known and name in known.members:
                        pieces.append(Piece(left, Value()))
                        left = 0
                    continue
                found = restrict(self.stated(base, name, instance=instance), left)
                pieces.extend(found)
                left &= ~covered(found)
            if left:
                pieces.extend(self._absent(cls, name, order, left, instance=instance))
        return merged(pieces)

    def stated(self, cls: ClassAt, name: str, *, instance: bool) -> Pieces:
        """Return what the class itself says of a member, bases left out; nothing where it says nothing."""
        variants = self.own(cls).get(name)
        if variants is None:
            return ()
        return self.memo.get(
            ("stated", cls.module, cls.qualname, name, instance),
            lambda: self._stated(cls, name, variants, instance=instance),
            (),
        )

    def _stated(self, cls: ClassAt, name: str, variants: Variants, *, instance: bool) -> Pieces:
        pieces: list[Piece] = []
        for part, records in groups(variants, self.names.offered(cls.module)):
            chosen = [r for r in effective(records, typing=True) if not _only_parameter(r)]
            if not chosen:
                continue
            if not instance and all(marks_of(record) & Mark.INSTANCE for record in chosen):
                pieces.append(Piece(part, Unclear(f"{cls.qualname}.{name} is an attribute of instances")))
                continue
            conditional = not certain(chosen) or any(marks_of(r) & Mark.TYPE_ONLY for r in chosen)
            alternatives = [
                restrict(self.names.of_record(cls.module, cls.qualname, name, record, typing=True), part)
                for record in chosen
            ]
            pieces.extend(
                Piece(p.mask, p.thing, p.conditional, p.deprecated)
                if not isinstance(p.thing, Missing)
                else Piece(
                    p.mask, Unclear(f"{cls.qualname}.{name} comes from where the sources do not show it")
                )
                for p in combined(alternatives, part, conditional=conditional)
            )
        return then(pieces, lambda piece: (_bound(piece, instance=instance),))

    def _absent(self, cls: ClassAt, name: str, order: Order, mask: Mask, *, instance: bool) -> Pieces:
        reason = self._why_unclear(cls, name, order, instance=instance)
        if reason:
            return (Piece(mask, Unclear(reason)),)
        pieces: list[Piece] = []
        for base in order:
            if isinstance(base, str):
                continue
            for method in ("__getattr__", "__getattribute__") if instance else ():
                # A `setattr(self, name, ...)` with a computed name is noted as `__getattr__` too.
                served = mask & sum_masks(held for held, _ in self.own(base).get(method, ()))
                pieces.append(Piece(served, Unclear(f"{base.path}.{method} decides")))
                mask &= ~served
            if not instance:
                strange = mask & self._strange_metaclass(base)
                pieces.append(Piece(strange, Unclear(f"the metaclass of {base.path} decides")))
                mask &= ~strange
        pieces.append(Piece(mask, Missing(cls.path, name, "attribute")))
        return tuple(piece for piece in pieces if piece.mask)

    def _why_unclear(self, cls: ClassAt, name: str, order: Order, *, instance: bool) -> str:
        outside = tuple(base for base in order if isinstance(base, str))
        if name.startswith("__") or (not instance and on_class(name, outside)):
            return f"{name} is Python's own"
        closed = True
        for other in outside:
            known = external_class(other)
            if known is None:
                return f"{other}, of which {cls.path} is a subclass, is outside vLLM"
            closed = closed and known.closed
        for base in order:
            if isinstance(base, ClassAt) and not decorators_known(base.record):
                return f"a decorator of {base.path} may add {name}"
        if not self.elsewhere(cls, name, attributes=closed):
            return f"no release shows {name} in {cls.path}"
        return ""

    def _strange_metaclass(self, cls: ClassAt) -> Mask:
        strange = 0
        for keyword in cls.record.keywords:
            key, _, text = keyword.partition("=")
            if key != "metaclass":
                continue
            if not text.replace(".", "_").isidentifier():
                return self.names.axis.all
            for piece in self.names.in_scope(cls.module, "", text):
                match piece.thing:
                    case External(path=path) if canonical(path) in _KNOWN_METACLASSES:
                        pass
                    case ClassAt() as meta if not self.own(meta).keys() & {"__getattr__", "__getattribute__"}:
                        outside = {
                            base for _, order in self.orders(meta) for base in order if isinstance(base, str)
                        }
                        if not outside <= _KNOWN_METACLASSES:
                            strange |= piece.mask
                    case _:
                        strange |= piece.mask
        return strange

    def elsewhere(self, cls: ClassAt, name: str, *, attributes: bool) -> bool:
        """Tell whether the class of that name has the member on any release, wherever it stands there.

        Without `attributes` those that methods give `self` do not count.
        """
        question = ("elsewhere", cls.module, cls.qualname, name, attributes)
        return self.memo.get(question, lambda: self._elsewhere(cls, name, attributes=attributes), cut=False)

    def _elsewhere(self, cls: ClassAt, name: str, *, attributes: bool) -> bool:
        top = cls.qualname.partition(".")[0]
        for module in dict.fromkeys((cls.module, *(module for module, _ in self.names.index.homes(top)))):
            for _, record in self.names.symbols(module, cls.qualname):
                if not isinstance(record, ClassRecord):
                    continue
                for _, order in self.orders(ClassAt(module, cls.qualname, record)):
                    for base in order:
                        if isinstance(base, ClassAt) and any(
                            attributes or not marks_of(stated) & Mark.INSTANCE
                            for _, stated in self.own(base).get(name, ())
                        ):
                            return True
        return False

    # ------------------------------------------------------------ abstract members

    def left_open(
        self, cls: ClassAt, mark: Mark, *, counts: Callable[[Order], bool]
    ) -> Iterator[tuple[Mask, frozenset[str]]]:
        """Yield the members whose first definition along the order bears `mark`, where the order `counts`."""
        for mask, order in self.orders(cls):
            classes = [base for base in order if isinstance(base, ClassAt)]
            parts: list[tuple[Mask, frozenset[str]]] = [(mask, frozenset())]
            named = {
                name
                for base in classes
                for name, variants in self.own(base).items()
                if any(marks_of(record) & mark for _, record in variants)
            }
            for name in sorted(named) if counts(order) else ():
                marked = self._first_marked(classes, name, mark, mask)
                parts = [
                    (part & side, names | {name} if side == marked else names)
                    for part, names in parts
                    for side in (marked, ~marked)
                    if part & side
                ]
            yield from parts

    def _first_marked(self, classes: list[ClassAt], name: str, mark: Mark, mask: Mask) -> Mask:
        marked = 0
        left = mask
        for base in classes:
            for part, records in groups(self.own(base).get(name, ()), left):
                giving = [record for record in effective(records, typing=False) if _gives(record)]
                if not giving:
                    continue
                if all(marks_of(record) & mark for record in giving):
                    marked |= part
                left &= ~part
        return marked

    def outside_abstract(self, order: Order) -> frozenset[str]:
        """Return the abstract members that classes outside vLLM bring and no class of vLLM gives."""
        return frozenset(
            name
            for base in order
            if isinstance(base, str) and (known := external_class(base))
            for name in known.abstract
            if not any(isinstance(other, ClassAt) and name in self.own(other) for other in order)
        )


def is_abc(order: Order) -> bool:
    """Tell whether abstract members of a class with that order must be given before it can be made."""
    for base in order:
        if isinstance(base, str):
            known = external_class(base)
            if known and known.abc:
                return True
        elif any(keyword.startswith("metaclass=") and "ABC" in keyword for keyword in base.record.keywords):
            return True
    return False


def decorators_known(record: ClassRecord) -> bool:
    """Tell whether the decorators of a class leave its members as they stand."""
    return all(decorator.rpartition(".")[2] in _TRANSPARENT for decorator in record.decorators)


def sum_masks(masks: Iterator[Mask]) -> Mask:
    """Return the union of `masks`."""
    union = 0
    for mask in masks:
        union |= mask
    return union


def linearized(orders: tuple[tuple[ClassAt | str, ...], ...]) -> list[ClassAt | str]:
    """Return the C3 merge of the orders of the bases; where none exists, each class once as first met."""
    bases = tuple(order[0] for order in orders)
    pending = [list(order) for order in (*orders, bases) if order]
    merged_order: list[ClassAt | str] = []
    while pending:
        for sequence in pending:
            head = sequence[0]
            if not any(head in other[1:] for other in pending):
                break
        else:
            return list(dict.fromkeys([*merged_order, *(base for order in orders for base in order)]))
        merged_order.append(head)
        pending = [rest for other in pending if (rest := other[1:] if other[0] == head else other)]
    return merged_order


def _only_parameter(record: Record) -> bool:
    marks = marks_of(record)
    return bool(marks & Mark.INIT_VAR and not marks & Mark.HAS_VALUE)


def _gives(record: Record) -> bool:
    """Tell what is an attribute of the class itself: no bare annotation, nothing that only instances have."""
    if isinstance(record, AttributeRecord):
        return bool(record.marks & Mark.HAS_VALUE) and not record.marks & Mark.INSTANCE
    return True


def _bound(piece: Piece, *, instance: bool) -> Piece:
    """Return a function found in a class as reached through an instance or the class."""
    match piece.thing:
        case FunctionAt(module=module, qualname=qualname, record=FunctionRecord(marks=marks) as record):
            bound = bool(marks & Mark.CLASSMETHOD) or (instance and not marks & Mark.STATICMETHOD)
            return Piece(
                piece.mask, FunctionAt(module, qualname, record, bound), piece.conditional, piece.deprecated
            )
        case _:
            return piece
