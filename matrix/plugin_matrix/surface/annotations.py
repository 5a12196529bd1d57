"""What has an annotation: an instance of a class of vLLM, a class itself, a container of such; else a value.

Where a value may be of several classes, or of one that is not vLLM's, nothing is said of it.
"""

import ast
import functools

from plugin_matrix.surface.answers import ClassAt, InstanceOf, Value
from plugin_matrix.surface.bases import Place
from plugin_matrix.surface.names import Names
from plugin_matrix.surface.pieces import Inner, Many, Piece, Pieces, SomeClass, covered, then

_MANY_TEXT = """
    list set frozenset deque Sequence MutableSequence Iterable Iterator Collection Generator AbstractSet
    Set MutableSet ValuesView KeysView List FrozenSet Deque
"""
_MANY = frozenset(_MANY_TEXT.split())
_MAPPINGS_TEXT = """
    dict Dict Mapping MutableMapping defaultdict OrderedDict DefaultDict LRUCache WeakValueDictionary
"""
_MAPPINGS = frozenset(_MAPPINGS_TEXT.split())
_WRAPPERS = frozenset({"ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar", "Annotated"})
_OF_SEQUENCES = frozenset(dir(list)) | frozenset(dir(tuple)) | frozenset(dir(set))
_KEYS = {"str": frozenset(dir(str)), "int": frozenset(dir(int)), "bytes": frozenset(dir(bytes))}
UNKNOWN: Pieces = (Piece(-1, Value()),)
"""A value of which nothing is known, on any release."""


class Annotations:
    """Annotations in the scope they are written in."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.memo = names.memo

    def annotated(self, module: str, owner: str, text: str, *, receiver: Place | None = None) -> Pieces:
        """Return what has the annotation `text`, written in a module or in the class `owner` of it."""
        if not text:
            return self.everywhere(Value())
        if text.rpartition(".")[2] == "Self":
            return self._self(module, owner, receiver)
        return self.memo.get(
            ("annotated", module, owner, text), lambda: self._annotated(module, owner, text), UNKNOWN
        )

    def everywhere(self, thing: Inner) -> Pieces:
        """Return a thing as it is on all releases."""
        return (Piece(self.names.axis.all, thing),)

    def _self(self, module: str, owner: str, receiver: Place | None) -> Pieces:
        if receiver is not None:
            module, owner = receiver
        found = self.names.in_scope(module, "", owner, typing=True) if owner else ()
        told = tuple(Piece(p.mask, InstanceOf(p.thing)) for p in found if isinstance(p.thing, ClassAt))
        return (*told, Piece(self.names.axis.all & ~covered(told), Value()))

    def _annotated(self, module: str, owner: str, text: str) -> Pieces:
        node = _parsed(text)
        if node is None:
            return self.everywhere(Value())
        pieces = self._of_node(module, owner, node)
        return (*pieces, Piece(self.names.axis.all & ~covered(pieces), Value()))

    def _of_node(self, module: str, owner: str, node: ast.expr) -> Pieces:
        alternatives = [
            part for part in _union(node) if not (isinstance(part, ast.Constant) and part.value is None)
        ]
        if len(alternatives) != 1:
            return self.everywhere(Value())
        match alternatives[0]:
            case ast.Name() | ast.Attribute() as named:
                return self._instances(module, owner, ast.unparse(named))
            case ast.Constant(value=str(text)):
                return self.annotated(module, owner, text)
            case ast.Subscript(value=ast.Name() | ast.Attribute() as outer, slice=index):
                return self._subscripted(module, owner, ast.unparse(outer), index)
            case _:
                return self.everywhere(Value())

    def _subscripted(self, module: str, owner: str, outer: str, index: ast.expr) -> Pieces:
        last = outer.rpartition(".")[2]
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        if last in {"type", "Type"}:
            found = self._of_node(module, owner, parts[0])
            return tuple(
                Piece(p.mask, SomeClass(p.thing.cls))
                if isinstance(p.thing, InstanceOf)
                else Piece(p.mask, Value())
                for p in found
            )
        if last in _WRAPPERS or last == "Optional":
            return self._of_node(module, owner, parts[0])
        if last in _MANY or (last in {"tuple", "Tuple"} and len(parts) == 2 and _is_ellipsis(parts[1])):  # noqa: PLR2004 - tuple[X, ...]
            return _many(self._of_node(module, owner, parts[0]), _OF_SEQUENCES)
        if last in _MAPPINGS and len(parts) == 2:  # noqa: PLR2004 - key and value
            keys = _KEYS.get(ast.unparse(parts[0]))
            # Iterating gives keys; only of built-in ones is it known what an attribute cannot be meant for.
            return (
                self.everywhere(Value())
                if keys is None
                else _many(self._of_node(module, owner, parts[1]), keys)
            )
        return self._instances(module, owner, outer)

    def _instances(self, module: str, owner: str, dotted: str) -> Pieces:
        def follow(piece: Piece) -> Pieces:
            known = InstanceOf(piece.thing) if isinstance(piece.thing, ClassAt) else Value()
            return (Piece(piece.mask, known),)

        pieces = then(self.names.in_scope(module, owner, dotted, typing=True), follow)
        return tuple(Piece(piece.mask, piece.thing) for piece in pieces)


def _many(elements: Pieces, other: frozenset[str]) -> Pieces:
    return tuple(
        Piece(piece.mask, Value() if isinstance(piece.thing, Value) else Many(piece.thing, other))
        for piece in elements
    )


def _union(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(node.left), *_union(node.right)]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] == "Union":
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return [alternative for part in parts for alternative in _union(part)]
    return [node]


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
