"""What an annotation says of the value that it annotates."""

import ast
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import INSTANCE
from plugin_matrix.plugins.uses.expressions import Either, Elements, Expression, Ref
from plugin_matrix.plugins.uses.scopes import Value, choice

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

_WRAPPERS = frozenset(
    {"Annotated", "ClassVar", "Final", "Required", "NotRequired", "InitVar", "Awaitable", "Self"}
)
_SEQUENCES = frozenset(
    {
        "list",
        "List",
        "Sequence",
        "MutableSequence",
        "Iterable",
        "Iterator",
        "Generator",
        "AsyncGenerator",
        "Collection",
    }
    | {
        "AsyncIterator",
        "AsyncIterable",
        "set",
        "Set",
        "frozenset",
        "FrozenSet",
        "deque",
        "Deque",
        "AbstractSet",
    }
)
_MAPPINGS = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict"}
)
_UNTOLD = frozenset({"Callable", "Any", "Literal", "Coroutine", "tuple", "Tuple"})


def typed(walker: "FileWalker", node: ast.expr) -> Value:
    """Return what a value annotated with `node` is known to be; None where that tells nothing of use."""
    match node:
        case ast.Name() | ast.Attribute():
            return _instance(walker, walker.peek(node))
        case ast.Constant(value=str() as text):
            return _text(walker, text)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union(walker, [left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name) as base, slice=inner):
            return _subscripted(walker, name, base, inner)
        case _:
            return None


def _subscripted(walker: "FileWalker", name: str, base: ast.expr, inner: ast.expr) -> Value:  # noqa: PLR0911 - one return per kind
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if not parts or name in _UNTOLD:
        return _repeated(walker, name, parts)
    if name == "Optional" or name in _WRAPPERS:
        return typed(walker, parts[0])
    if name == "Union":
        return _union(walker, parts)
    if name in {"type", "Type"}:
        return _class(typed(walker, parts[0]))
    if name in _SEQUENCES:
        return _elements(typed(walker, parts[0]), keyed=False)
    if name in _MAPPINGS:
        return _elements(typed(walker, parts[-1]), keyed=True)
    return _instance(walker, walker.peek(base))


def _repeated(walker: "FileWalker", name: str, parts: list[ast.expr]) -> Value:
    match name, parts:
        case "tuple" | "Tuple", [part, ast.Constant(value=value)] if value is ...:
            return _elements(typed(walker, part), keyed=False)
        case _:
            return None


def _instance(walker: "FileWalker", value: Value) -> Value:
    match value:
        case Ref(path) if not path.steps and walker.followed(path.root):
            return Ref(path.step(INSTANCE))
        case Either(test, then, other):
            return choice(test, _instance(walker, then), _instance(walker, other))
        case _:
            return None


def _class(value: Value) -> Value:
    match value:
        case Ref(path) if path.steps == (INSTANCE,):
            return Ref(type(path)(path.root))
        case _:
            return None


def _elements(value: Value, *, keyed: bool) -> Expression | None:
    return None if value is None or isinstance(value, str) else Elements(value, keyed)


def _union(walker: "FileWalker", parts: list[ast.expr]) -> Value:
    """Return the one type in a union beside None; of several nothing can be said."""
    flat: list[ast.expr] = []
    for part in parts:
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr):
            flat += [part.left, part.right]
        else:
            flat.append(part)
    members = [part for part in flat if not (isinstance(part, ast.Constant) and part.value is None)]
    return typed(walker, members[0]) if len(members) == 1 else None


def _text(walker: "FileWalker", text: str) -> Value:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if isinstance(node, ast.Constant) else typed(walker, node)


def signature_text(walker: "FileWalker", node: ast.expr | None) -> str:
    """Return an annotation as source text, without the quotes of a forward reference."""
    if node is None:
        return ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return walker.text(node)
