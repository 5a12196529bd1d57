"""What `isinstance` and its like tell of a value for as long as a branch lasts."""

import ast
from typing import TYPE_CHECKING

from plugin_matrix.model.access_path import INSTANCE, AccessPath
from plugin_matrix.plugins.uses.expressions import Argument, Ref
from plugin_matrix.plugins.uses.scopes import Value

if TYPE_CHECKING:
    from plugin_matrix.plugins.uses.walking import FileWalker

Narrowing = tuple[ast.expr, Value]
"""The expression that is known better, and what is known."""

_QUESTIONS = ("is_", "supports_", "has_")


def narrowings(walker: "FileWalker", test: ast.expr) -> tuple[list[Narrowing], list[Narrowing]]:  # noqa: PLR0911 - one return per kind
    """Return what is known better where `test` holds, and where it does not."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            positive, negative = narrowings(walker, operand)
            return negative, positive
        case ast.BoolOp(op=ast.And(), values=values):
            return [found for value in values for found in narrowings(walker, value)[0]], []
        case ast.BoolOp(op=ast.Or(), values=values):
            parts = [narrowings(walker, value) for value in values]
            # Where one of several holds it is not known which.
            unknown: list[Narrowing] = [(node, None) for positive, _ in parts for node, _ in positive]
            return unknown, [found for _, negative in parts for found in negative]
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, classes]):
            return [(subject, _instance(walker, classes))], []
        case ast.Call(func=ast.Name(id="issubclass"), args=[subject, _]):
            return [(subject, None)], []
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[subject, *_]) if (
            name.startswith(_QUESTIONS)
        ):
            return [(subject, None)], []
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="type"), args=[subject]),
            ops=[ast.Is() | ast.Eq()],
            comparators=[cls],
        ):
            return [(subject, _instance(walker, cls))], []
        case _:
            return [], []


def _instance(walker: "FileWalker", classes: ast.expr) -> Value:
    match walker.peek(classes):
        case Ref(path) if walker.followed(path.root):
            return Ref(path.step(INSTANCE))
        case _:
            return None


Saved = list[tuple[str | AccessPath, Value, Value, bool]]


def narrow(walker: "FileWalker", found: list[Narrowing]) -> Saved:
    """Take over what is known better; return what `widen` needs to forget it."""
    saved: Saved = []
    frame = walker.frame
    for node, value in found:
        if isinstance(node, ast.NamedExpr):
            node = node.target  # noqa: PLW2901 - `isinstance(x := f(), C)` tells of x
        if isinstance(node, ast.Name):
            if value is None and type(frame.env.get(node.id)) is Argument:
                continue  # nothing is known of it anyway, and that it is bound again must be seen
            saved.append((node.id, frame.lookup(node.id)[0], value, node.id in frame.env))
            frame.env[node.id] = value
        else:
            match walker.peek(node):
                case Ref(path):
                    saved.append((path, frame.narrowed.get(path), value, path in frame.narrowed))
                    frame.narrowed[path] = value
                case _:
                    pass
    return saved


def widen(walker: "FileWalker", saved: Saved) -> None:
    """Forget what `narrow` took over, save where it was bound again since."""
    frame = walker.frame
    for key, before, narrowed, present in reversed(saved):
        if isinstance(key, AccessPath):
            if present:
                frame.narrowed[key] = before
            else:
                frame.narrowed.pop(key, None)
        elif key in frame.env and frame.env[key] is narrowed:
            if present:
                frame.env[key] = before
            else:
                del frame.env[key]
