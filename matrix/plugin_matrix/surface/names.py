"""What a name in a module of vLLM stands for, as Python's import system and module attributes resolve it.

Nothing here knows of types: a name bound by assignment stays a `Variable` (`typed` tells what it holds),
unless its value is nothing but another name.
"""

import builtins
import functools
from collections.abc import Callable

from plugin_matrix.model.version_set import Mask
from plugin_matrix.surface.answers import ClassAt, FunctionAt, Missing, ModuleAt, Unclear, Value
from plugin_matrix.surface.asked import Index
from plugin_matrix.surface.built import is_built
from plugin_matrix.surface.memo import Memo
from plugin_matrix.surface.pieces import (
    External,
    Piece,
    Pieces,
    Variable,
    combined,
    covered,
    groups,
    merged,
    restrict,
    then,
)
from plugin_matrix.surface.records import (
    AllNames,
    AttributeRecord,
    ClassRecord,
    FunctionRecord,
    ImportedName,
    LazyNames,
    Mark,
    Record,
    StarImport,
)
from plugin_matrix.surface.store import ModuleSurface
from plugin_matrix.surface.symbols import Variants

_MODULE_ATTRIBUTES_TEXT = """
    __name__ __file__ __doc__ __dict__ __path__ __spec__ __loader__ __package__ __builtins__ __cached__
    __annotations__ __class__
"""
_MODULE_ATTRIBUTES = frozenset(_MODULE_ATTRIBUTES_TEXT.split())


class Names:
    """Names in modules, followed through imports."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.axis = index.axis
        self.memo = Memo()
        self._surfaces: dict[str, ModuleSurface | None] = {}
        self._offered = dict(index.modules())
        for name, mask in tuple(self._offered.items()):
            # A directory without `__init__.py` is a package too, wherever it holds a module.
            parent = name.rpartition(".")[0]
            while parent:
                self._offered[parent] = self._offered.get(parent, 0) | mask
                parent = parent.rpartition(".")[0]

    def offered(self, module: str) -> Mask:
        """Return the releases on which a module or package of that name can be found."""
        return self._offered.get(module, 0)

    def surface(self, module: str) -> ModuleSurface | None:
        """Return the index's record of a module."""
        if module not in self._surfaces:
            self._surfaces[module] = self.index.module(module)
        return self._surfaces[module]

    def symbols(self, module: str, name: str) -> Variants:
        """Return the records of `name` or `Class.member` in a module."""
        surface = self.surface(module)
        return surface.symbols.get(name, ()) if surface else ()

    # ------------------------------------------------------------ modules

    def module(self, name: str) -> Pieces:
        """Return what importing the module `name` gives; of a missing one the first part that is missing."""
        return self.memo.get(("module", name), lambda: self._module(name), ())

    def _module(self, name: str) -> Pieces:
        everywhere = self.axis.all
        if not in_vllm(name):
            return (Piece(everywhere, External(name)),)
        pieces = [Piece(self.offered(name), ModuleAt(name))]
        left = everywhere & ~self.offered(name)
        if is_built(name):
            pieces.append(Piece(left, Unclear(f"{name} is made by vLLM's build, not in its sources")))
            left = 0
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            offered = self.offered(".".join(parts[:count]))
            missing = Missing(".".join(parts[: count - 1]), parts[count - 1], "module")
            pieces.append(Piece(left & ~offered, missing))
            left &= offered
        return merged(pieces)

    def from_import(self, module: str, name: str, *, typing: bool = False) -> Pieces:
        """Return what `from module import name` binds."""

        def follow(piece: Piece) -> Pieces:
            match piece.thing:
                case ModuleAt():
                    return self.lookup(module, name, typing=typing)
                case External(path=path):
                    return (Piece(piece.mask, External(f"{path}.{name}")),)
                case _:
                    return (piece,)

        return then(self.module(module), follow)

    # ------------------------------------------------------------ names in modules

    def lookup(self, module: str, name: str, *, typing: bool = False) -> Pieces:
        """Return what the attribute `name` of a module is, wherever the module is offered.

        With `typing` as a type checker sees it: names under `if TYPE_CHECKING:` count.
        """
        submodule = self._submodule(module, name, self.offered(module))
        return self.memo.get(
            ("lookup", module, name, typing), lambda: self._lookup(module, name, typing), submodule
        )

    def _lookup(self, module: str, name: str, typing: bool) -> Pieces:  # noqa: FBT001 - private
        left = self.offered(module)
        surface = self.surface(module)
        found: list[Piece] = []

        def add(pieces: Pieces) -> None:
            nonlocal left
            for piece in pieces:
                if piece.mask & left and not isinstance(piece.thing, Missing):
                    found.extend(restrict((piece,), left))
                    left &= ~piece.mask

        if surface is not None:
            add((Piece(surface.unreadable, Unclear(f"{module} does not parse")),))
            add(self._bound(module, name, surface.symbols.get(name, ()), left, typing=typing))
            if left and "*" in surface.symbols:
                add(self._starred(name, surface.symbols["*"], left, typing=typing))
        add(self._submodule(module, name, left))
        if left and surface is not None:
            add(self._lazy(module, name, surface, left))
        if name in _MODULE_ATTRIBUTES:
            add((Piece(left, Value()),))
        if left and is_built(f"{module}.{name}"):
            add((Piece(left, Unclear(f"{module}.{name} is made by vLLM's build, not in its sources")),))
        return merged([*found, Piece(left, Missing(module, name, "name"))])

    def _submodule(self, module: str, name: str, mask: Mask) -> Pieces:
        child = f"{module}.{name}"
        offered = self.offered(child) & mask
        return (Piece(offered, ModuleAt(child)),) if offered else ()

    def _bound(self, module: str, name: str, variants: Variants, mask: Mask, *, typing: bool) -> Pieces:
        pieces: list[Piece] = []
        for part, records in groups(variants, mask):
            chosen = effective(records, typing=typing)
            if not chosen:
                continue
            conditional = not certain(chosen)
            alternatives = [
                restrict(self.of_record(module, "", name, record, typing=typing), part) for record in chosen
            ]
            for piece in combined(alternatives, part, conditional=conditional):
                if isinstance(piece.thing, Missing) and not conditional:
                    # vLLM imports it without a condition, so it is there: the build makes it.
                    thing = Unclear(f"{module} imports {name} from where the sources do not show it")
                    pieces.append(Piece(piece.mask, thing))
                else:
                    pieces.append(piece)
        return tuple(pieces)

    def of_record(  # noqa: PLR0911 - one return per kind
        self, module: str, owner: str, name: str, record: Record, *, typing: bool = False
    ) -> Pieces:
        """Return what one binding of `name` in the scope of a module or of the class `owner` stands for."""
        everywhere = self.axis.all
        qualname = f"{owner}.{name}" if owner else name
        match record:
            case FunctionRecord(marks=marks):
                return (
                    Piece(everywhere, FunctionAt(module, qualname, record), deprecated=_deprecated(marks)),
                )
            case ClassRecord(marks=marks):
                return (Piece(everywhere, ClassAt(module, qualname, record), deprecated=_deprecated(marks)),)
            case ImportedName(module=source, name="", marks=marks):
                return self.module(source)
            case ImportedName(module=source, name=target):
                return self.from_import(source, target, typing=typing)
            case AttributeRecord(marks=marks):
                variable = Piece(
                    everywhere, Variable(module, owner, name, (record,)), deprecated=_deprecated(marks)
                )
                if not _is_alias(record):
                    return (variable,)
                aliased = self.in_scope(module, owner, record.value, typing=typing)
                return then(aliased, lambda piece: (piece if isinstance(piece.thing, _NAMED) else variable,))
            case StarImport() | AllNames() | LazyNames():
                return (Piece(everywhere, Value()),)

    def _starred(self, name: str, variants: Variants, mask: Mask, *, typing: bool) -> Pieces:
        pieces: list[Piece] = []
        for part, records in groups(variants, mask):
            left = part
            for record in reversed(records):
                if not isinstance(record, StarImport) or (record.marks & Mark.TYPE_ONLY and not typing):
                    continue
                found = restrict(self._from_star(record.module, name, typing=typing), left)
                named = [
                    Piece(
                        p.mask, p.thing, p.conditional or bool(record.marks & Mark.CONDITIONAL), p.deprecated
                    )
                    for p in found
                    if not isinstance(p.thing, Missing)
                ]
                pieces.extend(named)
                left &= ~covered(named)
        return tuple(pieces)

    def _from_star(self, module: str, name: str, *, typing: bool) -> Pieces:
        """Return what `from module import *` binds `name` to; nothing where it does not."""
        if not in_vllm(module):
            reason = Unclear(f"everything of {module} is imported")
            return () if name.startswith("_") else (Piece(self.axis.all, reason, conditional=True),)
        if is_built(module) and not name.startswith("_"):
            return (Piece(self.axis.all, Unclear(f"{module} is made by vLLM's build"), conditional=True),)
        pieces: list[Piece] = []
        left = self.offered(module)
        for part, records in groups(self.symbols(module, "__all__"), left):
            listed = [record for record in records if isinstance(record, AllNames)]
            if any(name in record.names for record in listed):
                pieces.extend(restrict(self.lookup(module, name, typing=typing), part))
            elif not all(record.complete for record in listed):
                pieces.extend(
                    Piece(p.mask, p.thing, conditional=True, deprecated=p.deprecated)
                    for p in restrict(self.lookup(module, name, typing=typing), part)
                )
            left &= ~part
        if not name.startswith("_"):
            # A star import reads the module's names; it asks no `__getattr__`.
            plain: Pieces = self.memo.get(
                ("plain", module, name, typing), lambda: self._plain(module, name, typing=typing), ()
            )
            pieces.extend(restrict(plain, left))
        return tuple(pieces)

    def _plain(self, module: str, name: str, *, typing: bool) -> Pieces:
        surface = self.surface(module)
        if surface is None:
            return ()
        mask = self.offered(module)
        bound = self._bound(module, name, surface.symbols.get(name, ()), mask, typing=typing)
        left = mask & ~covered(bound)
        starred = self._starred(name, surface.symbols.get("*", ()), left, typing=typing)
        return (*bound, *starred)

    def _lazy(self, module: str, name: str, surface: ModuleSurface, mask: Mask) -> Pieces:
        """Return what the module's `__getattr__` serves."""
        pieces: list[Piece] = []
        for held, targets, lazy in self._lazies(module, surface):
            part = held & mask
            if not part:
                continue
            if lazy is not None and name in targets:
                target = targets[name]
                served = self.definition(target) if target else self._annotated(module, name, surface, part)
                warned = name in lazy.deprecated
                pieces.extend(
                    Piece(piece.mask, piece.thing, piece.conditional, piece.deprecated or warned)
                    for piece in restrict(served, part)
                )
            elif lazy is None or not lazy.complete:
                pieces.append(Piece(part, Unclear(f"{module}.__getattr__ decides")))
        return tuple(pieces)

    def _lazies(
        self, module: str, surface: ModuleSurface
    ) -> list[tuple[Mask, dict[str, str], LazyNames | None]]:
        """Return the forms of a module's `__getattr__` with what each serves; None for one not understood."""
        return self.memo.get(
            ("lazies", module),
            lambda: [
                (mask, dict(record.targets), record) if isinstance(record, LazyNames) else (mask, {}, None)
                for mask, record in surface.symbols.get("__getattr__", ())
            ],
            [],
        )

    def _annotated(self, module: str, name: str, surface: ModuleSurface, mask: Mask) -> Pieces:
        """Return a computed name as what `if TYPE_CHECKING:` says it is."""
        told = self._bound(module, name, surface.symbols.get(name, ()), mask, typing=True)
        return (*told, Piece(mask & ~covered(told), Value()))

    # ------------------------------------------------------------ dotted names

    def definition(self, dotted: str) -> Pieces:
        """Return what an absolute dotted path (`a.b:C` too) names, members of classes left out."""
        return self.memo.get(("definition", dotted), lambda: self._definition(dotted), ())

    def _definition(self, dotted: str) -> Pieces:
        return self.path(
            dotted.replace(":", "."), self.definition, lambda piece, name: self._step(piece, name=name)
        )

    def path(
        self, dotted: str, known: Callable[[str], Pieces], step: Callable[[Piece, str], Pieces]
    ) -> Pieces:
        """Return what a dotted path leads to, where `known` tells its parent and `step` an attribute of that.

        Both ways count that lead there: attributes, and importing the longest part that is a module (which a
        package may hide behind a name of its own).
        """
        parent, _, name = dotted.rpartition(".")
        if not parent:
            return self.module(dotted)
        is_module = bool(self.offered(dotted)) or is_built(dotted)

        def follow(piece: Piece) -> Pieces:
            if isinstance(piece.thing, Missing):
                return (piece,)
            found = step(piece, name)
            if isinstance(piece.thing, ModuleAt | External) or not self.offered(parent):
                return found
            hidden = self.lookup(parent, name)
            return then(
                found,
                lambda told: (
                    (told,)
                    if not isinstance(told.thing, Missing | Unclear)
                    else restrict(hidden, told.mask) or (told,)
                ),
            )

        def as_module(piece: Piece) -> Pieces:
            if (
                is_module
                and isinstance(piece.thing, Missing)
                and piece.thing.kind == "name"
                and piece.thing.name == name
            ):
                return self.module(dotted)
            return (piece,)

        return then(then(known(parent), follow), as_module)

    def in_scope(self, module: str, owner: str, dotted: str, *, typing: bool = False) -> Pieces:
        """Return what a dotted name means where it is written: in a class body, the module, or built in."""
        first, *rest = dotted.split(".")
        pieces = self.lookup(module, first, typing=typing)
        if hasattr(builtins, first):
            builtin = External(f"builtins.{first}")
            absent = self.axis.all & ~covered(
                p for p in pieces if not isinstance(p.thing, Missing | ModuleAt)
            )
            pieces = (
                *(p for p in pieces if not isinstance(p.thing, Missing | ModuleAt)),
                Piece(absent, builtin),
            )
        if owner:
            nested = [
                Piece(part, ClassAt(module, f"{owner}.{first}", records[-1]))
                for part, records in groups(self.symbols(module, f"{owner}.{first}"), self.offered(module))
                if isinstance(records[-1], ClassRecord)
            ]
            pieces = (*nested, *restrict(pieces, self.axis.all & ~covered(nested)))
        for name in rest:
            pieces = then(pieces, functools.partial(self._step, name=name, typing=typing))
        return pieces

    def _step(self, piece: Piece, *, name: str, typing: bool = False) -> Pieces:
        match piece.thing:
            case ModuleAt(name=module):
                return self.lookup(module, name, typing=typing)
            case External(path=path):
                return (Piece(piece.mask, External(f"{path}.{name}")),)
            case ClassAt(module=module, qualname=qualname):
                nested = [
                    Piece(part, ClassAt(module, f"{qualname}.{name}", records[-1]))
                    for part, records in groups(self.symbols(module, f"{qualname}.{name}"), piece.mask)
                    if isinstance(records[-1], ClassRecord)
                ]
                return (
                    *nested,
                    Piece(piece.mask & ~covered(nested), Unclear(f"{qualname}.{name} is computed")),
                )
            case Missing() | Unclear():
                return (piece,)
            case _:
                return (Piece(piece.mask, Unclear(f"{name} of a value")),)


_NAMED = (ModuleAt, ClassAt, FunctionAt, External, Variable)


def effective(records: tuple[Record, ...], *, typing: bool) -> list[Record]:
    """Return the bindings that count: for type checkers what only they see; no overloads of a function."""
    chosen = [record for record in records if not record.marks & Mark.TYPE_ONLY]
    if typing and len(chosen) < len(records):
        return [record for record in records if record.marks & Mark.TYPE_ONLY]
    return [record for record in chosen if not record.marks & Mark.OVERLOAD] or chosen


def certain(records: list[Record]) -> bool:
    """Tell whether one of the alternatives is bound in any case (`reading_scope`)."""
    return any(not record.marks & Mark.CONDITIONAL for record in records)


def _deprecated(marks: Mark) -> bool:
    return bool(marks & Mark.DEPRECATED)


def _is_alias(record: AttributeRecord) -> bool:
    """Tell `Foo = a.Bar`."""
    plain = record.value.replace(".", "_").isidentifier() and record.value != "None"
    return plain and record.annotation in {"", "TypeAlias"} and not record.marks & Mark.INSTANCE


def in_vllm(module: str) -> bool:
    """Tell the modules of vLLM from those of others."""
    return module == "vllm" or module.startswith("vllm.")
