"""Members of classes of vLLM, found along their method resolution order."""

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import ClassAt, FunctionAt, Missing, Unclear, Value
from plugin_matrix.surface.bases import Bases, Line, Place, place_of, union
from plugin_matrix.surface.externals import OF_EVERY_OBJECT, canonical, external_class, is_enum, on_class
from plugin_matrix.surface.names import Names, certain, effective
from plugin_matrix.surface.pieces import (
    External,
    Piece,
    Pieces,
    combined,
    covered,
    groups,
    merged,
    restrict,
    then,
)
from plugin_matrix.surface.records import AttributeRecord, ClassRecord, FunctionRecord, Mark, Record
from plugin_matrix.surface.symbols import Variants

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
    """Members of classes."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.memo = names.memo
        self.bases = Bases(names)
        self._members: dict[str, dict[str, list[str]]] = {}

    def members(self, place: Place) -> list[str]:
        """Return the names of what stands in the class itself, on whatever release."""
        by_class = self._members.get(place.module)
        if by_class is None:
            by_class = self._members[place.module] = {}
            surface = self.names.surface(place.module)
            for name in surface.symbols if surface else ():
                owner, dot, member = name.rpartition(".")
                if dot:
                    by_class.setdefault(owner, []).append(member)
        return by_class.get(place.qualname, [])

    def member(self, place: Place, name: str) -> Variants:
        """Return what the class itself says of one member, on whatever release."""
        return self.names.symbols(place.module, f"{place.qualname}.{name}")

    def find(self, place: Place, name: str, *, instance: bool) -> Pieces:
        """Return what the attribute is, on the releases that have the class.

        `Missing` only where every base is known and the name existed on some other release: what never
        existed comes from elsewhere (a plugin gives it, code computes it) and is unclear.
        """
        return self.memo.get(
            ("find", place, name, instance), lambda: self._find(place, name, instance=instance), ()
        )

    def _find(self, place: Place, name: str, *, instance: bool) -> Pieces:
        pieces: list[Piece] = []
        for mask, line in self.bases.lines(place):
            left = mask
            for base in line:
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
            if left and name in OF_EVERY_OBJECT:
                pieces.append(Piece(left, Value()))
            elif left:
                pieces.extend(self._absent(place, name, line, left, instance=instance))
        return merged(pieces)

    def stated(self, place: Place, name: str, *, instance: bool) -> Pieces:
        """Return what the class itself says of a member, bases left out; nothing where it says nothing."""
        variants = self.member(place, name)
        if not variants:
            return ()
        return self.memo.get(
            ("stated", place, name, instance),
            lambda: self._stated(place, name, variants, instance=instance),
            (),
        )

    def _stated(self, place: Place, name: str, variants: Variants, *, instance: bool) -> Pieces:
        module, qualname = place
        pieces: list[Piece] = []
        for part, records in groups(variants, self.names.offered(module)):
            chosen = [record for record in effective(records, typing=True) if not _only_parameter(record)]
            if not chosen:
                continue
            if not instance and all(record.marks & Mark.INSTANCE for record in chosen):
                pieces.append(Piece(part, Unclear(f"{qualname}.{name} is an attribute of instances")))
                continue
            conditional = not certain(chosen) or any(record.marks & Mark.TYPE_ONLY for record in chosen)
            alternatives = [
                restrict(self.names.of_record(module, qualname, name, record, typing=True), part)
                for record in chosen
            ]
            for piece in combined(alternatives, part, conditional=conditional):
                if isinstance(piece.thing, Missing):
                    unseen = Unclear(f"{qualname}.{name} comes from where the sources do not show it")
                    pieces.append(Piece(piece.mask, unseen))
                else:
                    pieces.append(piece)
        return then(pieces, lambda piece: (_bound(piece, instance=instance),))

    def giving(self, place: Place, name: str) -> tuple[Mask, Mask]:
        """Return the releases on which the class surely has the attribute, and those on which it may.

        Of the class itself, as `hasattr(C, name)` tells: what only instances have does not count.
        """
        return self.memo.get(("giving", place, name), lambda: self._giving(place, name), (0, -1))

    def _giving(self, place: Place, name: str) -> tuple[Mask, Mask]:
        surely = perhaps = 0
        for mask, line in self.bases.lines(place):
            for base in line:
                if isinstance(base, str):
                    known = external_class(base)
                    perhaps |= mask if known is None else 0
                    surely |= mask if known is not None and name in known.members else 0
                    continue
                perhaps |= mask & (self._strangely_decorated(base) | self._strange_metaclass(base))
                for part, records in groups(self.member(base, name), mask):
                    there = [one for one in records if not one.marks & (Mark.TYPE_ONLY | Mark.INSTANCE)]
                    perhaps |= part if there else 0
                    surely |= part if there and certain(there) and any(map(_bound_in_class, there)) else 0
        return surely, perhaps | surely

    # ------------------------------------------------------------ what is not there

    def _absent(self, place: Place, name: str, line: Line, mask: Mask, *, instance: bool) -> Pieces:
        reason = self._why_unclear(place, name, line, instance=instance)
        if reason:
            return (Piece(mask, Unclear(reason)),)
        pieces: list[Piece] = []
        for base in line:
            if isinstance(base, str):
                continue
            unclear = {f"a decorator of {base.path} may add {name}": self._strangely_decorated(base)}
            if instance:
                for method in ("__getattr__", "__getattribute__"):
                    # A `setattr(self, name, ...)` with a computed name is noted as `__getattr__` too.
                    held = union(where for where, _ in self.member(base, method))
                    unclear[f"{base.path}.{method} decides"] = held
            else:
                unclear[f"the metaclass of {base.path} decides"] = self._strange_metaclass(base)
            for why, where in unclear.items():
                pieces.append(Piece(mask & where, Unclear(why)))
                mask &= ~where
        pieces.append(Piece(mask, Missing(place.path, name, "attribute")))
        return tuple(piece for piece in pieces if piece.mask)

    def _why_unclear(self, place: Place, name: str, line: Line, *, instance: bool) -> str:
        outside = tuple(base for base in line if isinstance(base, str))
        if name.startswith("__") or (not instance and on_class(name, outside)):
            return f"{name} is Python's own"
        closed = True
        for base in outside:
            known = external_class(base)
            if known is None:
                return f"{base}, of which {place.path} is a subclass, is outside vLLM"
            closed = closed and known.closed
        if not instance and name.isupper() and is_enum(outside):
            return ""  # nothing adds members to an enum
        if not self.elsewhere(place, name, attributes=closed):
            return f"no release shows {name} in {place.path}"
        return ""

    def _strangely_decorated(self, place: Place) -> Mask:
        return union(mask for mask, form in self.bases.forms(place) if not decorators_known(form.record))

    def _strange_metaclass(self, place: Place) -> Mask:
        """Return the releases on which a metaclass may give the class attributes of its own."""
        strange = 0
        for mask, form in self.bases.forms(place):
            for keyword in form.record.keywords:
                key, _, text = keyword.partition("=")
                if key == "metaclass":
                    named = text.replace(".", "_").isidentifier()
                    metas = self.names.in_scope(place.module, "", text) if named else ()
                    strange |= mask & ~union(piece.mask for piece in metas if self._known_metaclass(piece))
        return strange

    def _known_metaclass(self, piece: Piece) -> bool:
        match piece.thing:
            case External(path=path):
                return canonical(path) in _KNOWN_METACLASSES
            case ClassAt() as cls:
                meta = place_of(cls)
                outside = {
                    base for _, line in self.bases.lines(meta) for base in line if isinstance(base, str)
                }
                return outside <= _KNOWN_METACLASSES and not any(
                    self.member(meta, name) for name in ("__getattr__", "__getattribute__")
                )
            case _:
                return False

    def elsewhere(self, place: Place, name: str, *, attributes: bool) -> bool:
        """Tell whether the class of that name has the member on any release, wherever it stands there.

        Without `attributes` those that methods give `self` do not count.
        """
        question = ("elsewhere", place, name, attributes)
        return self.memo.get(question, lambda: self._elsewhere(place, name, attributes=attributes), cut=False)

    def _elsewhere(self, place: Place, name: str, *, attributes: bool) -> bool:
        top = place.qualname.partition(".")[0]
        homes = (module for module, _ in self.names.index.homes(top))
        for module in dict.fromkeys((place.module, *homes)):
            for _, line in self.bases.lines(Place(module, place.qualname)):
                for base in line:
                    if isinstance(base, Place) and any(
                        attributes or not record.marks & Mark.INSTANCE
                        for _, record in self.member(base, name)
                    ):
                        return True
        return False


def decorators_known(record: ClassRecord) -> bool:
    """Tell whether the decorators of a class leave its members as they stand."""
    return all(decorator.rpartition(".")[2] in _TRANSPARENT for decorator in record.decorators)


def _bound_in_class(record: Record) -> bool:
    """Tell what a class statement binds from a bare annotation."""
    return not isinstance(record, AttributeRecord) or bool(record.marks & Mark.HAS_VALUE)


def _only_parameter(record: Record) -> bool:
    marks = record.marks
    return bool(marks & Mark.INIT_VAR and not marks & Mark.HAS_VALUE)


def _bound(piece: Piece, *, instance: bool) -> Piece:
    """Return a function found in a class as reached through an instance or the class."""
    match piece.thing:
        case FunctionAt(module=module, qualname=qualname, record=FunctionRecord(marks=marks) as record):
            bound = bool(marks & Mark.CLASSMETHOD) or (instance and not marks & Mark.STATICMETHOD)
            thing = FunctionAt(module, qualname, record, bound)
            return Piece(piece.mask, thing, piece.conditional, piece.deprecated)
        case _:
            return piece
