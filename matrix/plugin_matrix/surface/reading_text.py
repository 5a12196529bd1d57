"""Expressions as the index writes them: annotations, bases, decorators and access paths."""

import ast
import functools

_ALIASES = {
    "List": "list",
    "Dict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Type": "type",
}
"""Names of `typing` for built-in classes: two spellings of one annotation are no change of it."""


def dotted(node: ast.expr) -> str:
    """Return a name or a chain of attributes as text; empty for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def callee(node: ast.expr) -> str:
    """Return a decorator or a base without arguments and subscripts: `Generic[T]` is `Generic`."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return dotted(node)


def access_path(node: ast.expr) -> str:
    """Return the expression as an access path: `a.b`, `f()`, `x[]`; empty where it is something else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return _step(access_path(value), f".{attr}")
        case ast.Call(func=func):
            return _step(access_path(func), "()")
        case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
            return _step(access_path(value), "[]")
        case ast.Await(value=value):
            return access_path(value)
        case _:
            return ""


def _step(base: str, step: str) -> str:
    return base + step if base else ""


def root_of(path: str) -> str:
    """Return the first name of an access path."""
    for position, character in enumerate(path):
        if character in ".([@":
            return path[:position]
    return path


_DISPLAYS = {
    ast.List: "list()",
    ast.ListComp: "list()",
    ast.Dict: "dict()",
    ast.DictComp: "dict()",
    ast.Set: "set()",
    ast.SetComp: "set()",
    ast.Tuple: "tuple()",
    ast.JoinedStr: "str()",
}


def literal(node: ast.expr) -> str:
    """Return the type of a literal as a path, `int()`; `None` for None and empty for what is no literal."""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else f"{type(node.value).__name__}()"
    return _DISPLAYS.get(type(node), "")


def annotation(node: ast.expr | None) -> str:
    """Return an annotation as text in one spelling: quotes removed, `Optional[X]` as `X | None`."""
    if node is None:
        return ""
    if isinstance(node, ast.Name):
        return _ALIASES.get(node.id, node.id)
    return _annotation(node)


def _annotation(node: ast.expr) -> str:  # noqa: PLR0911 - one return per kind of expression
    match node:
        case ast.Name():
            return annotation(node)
        case ast.Attribute(value=ast.Name(id="typing"), attr=attr) if attr in _ALIASES:
            return _ALIASES[attr]
        case ast.Attribute(value=value, attr=attr):
            return f"{_annotation(value)}.{attr}"
        case ast.Constant(value=str(text)):
            return quoted(text)
        case ast.Constant(value=value):
            return "..." if value is ... else repr(value)
        case ast.Subscript(value=value, slice=index):
            return _subscript(_annotation(value), index)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union((_annotation(left), _annotation(right)))
        case ast.List(elts=elements):
            return f"[{', '.join(map(_annotation, elements))}]"
        case ast.Tuple(elts=elements):
            return ", ".join(map(_annotation, elements)) or "()"
        case _:
            return ast.unparse(node)


def _subscript(outer: str, index: ast.expr) -> str:
    last = outer.rpartition(".")[2]
    elements = index.elts if isinstance(index, ast.Tuple) else [index]
    if last == "Literal":
        return f"Literal[{', '.join(map(ast.unparse, elements))}]"
    if last == "Optional":
        return _union((_annotation(index), "None"))
    if last == "Union":
        return _union(tuple(map(_annotation, elements)))
    if last == "Annotated":
        # What follows the type is for other readers (pydantic, click).
        return _annotation(elements[0])
    return f"{outer}[{_annotation(index)}]"


def _union(parts: tuple[str, ...]) -> str:
    flat = dict.fromkeys(piece for part in parts for piece in _alternatives(part))
    optional = flat.pop("None", "") is None
    return " | ".join([*flat, *(["None"] if optional else [])])


def _alternatives(text: str) -> list[str]:
    """Split a union at its outermost bars."""
    if "[" not in text:
        return text.split(" | ")
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
        elif character == "|" and not depth:
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]


@functools.lru_cache(maxsize=8192)
def quoted(text: str) -> str:
    """Return a forward reference as if it stood without quotes; the text itself where it is no expression."""
    if text.isidentifier():
        return _ALIASES.get(text, text)
    try:
        return annotation(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
